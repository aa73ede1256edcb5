"""Mistakes that are put into a generated repository are found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from generator.checks import check
from generator.finding import Finding, Verdict
from generator.tree import File, Tree
from tests.checks.faults.fault import TREES
from tests.checks.faults.place import good
from tests.support import generated
from tests.support.judge import judge

EXAMPLE = generated.CASES / "example.yml"


@cache
def example() -> Tree:
    return generated.rendering(EXAMPLE).tree


def changed(tree: Tree, path: str, text: str) -> Tree:
    return Tree({**tree, path: File(text.encode(), tree[path].executable)})


@cache
def accepted(rule: str) -> frozenset[Finding]:
    """What a rule says of the example as it is: nothing, where the example is right."""
    return frozenset(judge(example(), (rule,)).findings)


# (rule, path, what stands there, what it becomes)
WORKFLOWS = ".github/workflows"
K8S = "infrastructure/kubernetes/base"
TF = "infrastructure/terraform"
TABLE = [
    ("ci-variable", f"{WORKFLOWS}/_deploy.yml", r"vars\.DEPLOY_ROLE_ARN", "vars.DEPLOY_ROLE"),
    ("config-reference", f"{K8S}/api/workload.yaml", "name: api-config", "name: config"),
    ("dockerfile-user", "infrastructure/docker/api.Dockerfile", r"USER \d+(:\d+)?\n(?!.*USER)", "USER app\n"),
    ("external-secret-access", f"{TF}/eks-iam.tf", r"for (secret in aws_secretsmanager_secret\.service) :", r'for name, \1 : name == "api" ? "" :'),
    ("external-secret-access", f"{TF}/eks-identities.tf", r"module\.iam_eks\.external_secrets_role_arn", 'module.iam_eks.service_role_arns["api"]'),
    ("external-secret-key", "infrastructure/kubernetes/overlays/prod/kustomization.yaml", r"name: worker(?=\n\s+fieldPaths)", "name: api"),
    ("external-secret-key", "monitoring/overlays/staging/kustomization.yaml", "shop/staging/alertmanager", "shop/dev/alertmanager"),
    ("external-secret-key", f"{TF}/environments/prod.tfvars", r'\["SMTP_PASSWORD"\]', "[]"),
    ("external-secret-key", f"{TF}/database-exporter.tf", "var\\.environment}/database", "var.environment}/db"),
    ("external-secret-key", f"{K8S}/api/externalsecret.yaml", "key: shop/", "key: shoe/"),
    ("kubernetes-schema", f"{K8S}/api/workload.yaml", "readinessProbe:", "readynessProbe:"),
    ("kubernetes-schema", f"{K8S}/api/httproute.yaml", "parentRefs:", "parentReferences:"),
    ("kubernetes-selector", f"{K8S}/api/service.yaml", r"(selector:\n\s+\S+): api", r"\1: apy"),
    ("kustomize-orphan", f"{K8S}/api/kustomization.yaml", r"  - service\.yaml\n", ""),
    ("kustomize-reference", f"{K8S}/kustomization.yaml", r"  - api\n", "  - apy\n"),
    ("make-include", "Makefile", r"include scaffold\.mk", "include scafold.mk"),
    ("prometheus-config", "monitoring/prometheus/prometheus.yml", "scrape_interval", "scrape_intervall"),
    ("promql", "monitoring/prometheus/rules/recording.yml", r"sum by", "summ by"),
    ("route-backend", f"{K8S}/api/httproute.yaml", r"(backendRefs:\n\s+- name: )api", r"\1apy"),
    ("route-parent", f"{K8S}/api/httproute.yaml", r"(parentRefs:\n\s+- [\s\S]*?name: )gateway", r"\1gate"),
    ("scale-target", f"{K8S}/api/hpa.yaml", r"(kind: Deployment\n\s+name: )api", r"\1apy"),
    ("script-call", f"{WORKFLOWS}/_deploy.yml", r"scripts/deploy\.sh", "scripts/release.sh"),
    ("service-port", f"{K8S}/api/service.yaml", r"targetPort: http", "targetPort: web"),
    ("terraform-argument", f"{TF}/versions.tf", "required_providers", "required_provider"),
    ("terraform-output", "scaffold.mk", r"\Z", "\nx:\n\tterraform output -raw nothing\n"),
    ("workflow-call", f"{WORKFLOWS}/deploy-production.yml", r"\n      version:", "\n      verison:"),
    ("workflow-expression", f"{WORKFLOWS}/_deploy.yml", r"inputs\.commit", "inputs.comit"),
    ("workflow-needs", f"{WORKFLOWS}/deploy-staging.yml", r"needs: \[?\"?build", "needs: [\"biuld"),
    ("workflow-step-output", f"{WORKFLOWS}/_deploy.yml", r"images\.outputs\.images", "images.outputs.image"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "old", "new"), TABLE, ids=[f"{row[0]}-{n}" for n, row in enumerate(TABLE)])
def test_sabotage_is_found(rule: str, path: str, old: str, new: str) -> None:
    text = example()[path].text
    wrong = re.sub(old, new, text, count=1)
    assert wrong != text, f"{path} has no {old}"
    assert set(judge(changed(example(), path, wrong), (rule,)).findings) - accepted(rule)


def cases() -> Iterator[Any]:
    """In every run the repository's own and the first of each component; the rows of the matrix are judged beside them."""
    seen = set()
    for path in generated.cases():
        yield pytest.param(path, id=generated.case_id(path), marks=[pytest.mark.slow] if path.parent in seen else [])
        seen |= {path.parent} - {generated.CASES}


ELSEWHERE = {"toml-syntax"}
"""Rules about what other repositories have, and ours do not yet."""


@cache
def checked(path: Path) -> Verdict:
    """What all rules say of a case."""
    return check(generated.tree(path))


@pytest.mark.parametrize("path", list(cases()))
def test_what_we_generate_passes(path: Path) -> None:
    assert [f"{f.path}:{f.line}: {f.message} [{f.rule}]" for f in checked(path).findings] == []


@pytest.mark.slow
def test_every_rule_judges_something_in_one_of_our_repositories() -> None:
    idle = [{result.name for result in check(good(tree)).checks if not result.files} for tree in TREES]
    assert set.intersection(*idle) == {"waiting"} | ELSEWHERE
