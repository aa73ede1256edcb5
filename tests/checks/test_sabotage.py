"""Mistakes that are put into a generated repository are found."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from generator.checks import RULES, check
from generator.checks.formats import hcl
from generator.checks.formats.hcl_expressions import calls
from generator.checks.models.terraform import file_references
from generator.checks.models.terraform_spots import spots
from generator.checks.source import Sources
from generator.finding import Finding
from generator.tree import File, Tree
from tests.support import generated
from tests.support.judge import judge

EXAMPLE = generated.CASES / "example.yml"
ECS = generated.TEMPLATES / "ecs/tests/cases/example.yml"
TERRAFORM = tuple(rule for rule in RULES if rule.startswith(("terraform-", "hcl-")))

HIDES = "required_providers"
"""Without it no type belongs to a provider: two mistakes at a time would hide each other."""


@cache
def example() -> Tree:
    return generated.rendering(EXAMPLE).tree


@cache
def terraform(case: Path) -> Tree:
    """The Terraform files of a case."""
    tree = generated.rendering(case).tree
    return Tree((path, file) for path, file in tree.items() if path.endswith((".tf", ".tfvars", ".hcl")))


@dataclass(frozen=True)
class Word:
    """A name in a file that a rule must miss when it changes."""

    kind: str
    path: str
    name: str
    line: int
    column: int


def words(case: Path) -> Iterator[Word]:
    """Every argument and block (nested ones included), type, reference and function of a case's Terraform."""
    sources = Sources(terraform(case))
    for path in sources.ending(".tf"):
        for spot in spots(sources, path):
            if not spot.schema.open:
                for given in (*spot.arguments, *spot.blocks):
                    yield Word("name", path, given.name, given.line, given.column)
        for block in hcl.parse(sources, path).body.of("resource", "data"):
            if block.labels[0].startswith("aws_"):
                yield Word("type", path, block.labels[0], block.line, block.column)
            for argument in block.body.arguments:
                yield from (Word("function", path, c.name, c.line, c.column) for c in calls(argument.value))
        for reference in file_references(sources, path):
            if reference.names[0] in ("var", "local", "module"):
                yield Word("reference", path, reference.names[1], reference.line, reference.column)


def misspell(name: str, chance: random.Random) -> str:
    """The name with one typing mistake."""
    at = chance.randrange(len(name))
    swapped = name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :]
    made = chance.choice([name[:at] + name[at] + name[at:], name[:at] + name[at + 1 :], swapped])
    return made if made not in (name, "") else name + "x"


def changed(tree: Tree, path: str, text: str) -> Tree:
    return Tree({**tree, path: File(text.encode(), tree[path].executable)})


@cache
def accepted(rule: str) -> frozenset[Finding]:
    """What a rule says of the example as it is: nothing, where the example is right."""
    return frozenset(judge(example(), (rule,)).findings)


def mistake(word: Word, known: set[str], chance: random.Random) -> str:
    """A misspelling that is no other name by accident."""
    while True:
        wrong = misspell(word.name, chance)
        if wrong not in known and re.fullmatch(r"[a-zA-Z_]\w*", wrong):
            return wrong


@pytest.mark.parametrize("rounds", [4, pytest.param(40, marks=pytest.mark.slow)])
@pytest.mark.parametrize("case", [EXAMPLE, ECS], ids=["kubernetes", "ecs"])
def test_misspelt_terraform_is_found(case: Path, rounds: int) -> None:
    chance = random.Random(20261124 + rounds)
    by_path: dict[str, list[Word]] = {}
    for word in words(case):
        if word.name != HIDES:
            by_path.setdefault(word.path, []).append(word)
    known = {HIDES, *(word.name for found in by_path.values() for word in found)}
    assert {word.kind for found in by_path.values() for word in found} == {"function", "name", "reference", "type"}
    for _ in range(rounds):  # one mistake in each file at a time: they do not hide each other
        files = dict(terraform(case))
        made = {}
        for path, found in by_path.items():
            word = chance.choice(found)
            wrong = mistake(word, known, chance)
            lines = files[path].text.split("\n")
            line = lines[word.line - 1]
            start = line.index(word.name, word.column - 1)
            lines[word.line - 1] = line[:start] + wrong + line[start + len(word.name) :]
            files[path] = File("\n".join(lines).encode())
            made[path] = (word, wrong)
        places = {(f.path, f.line) for f in judge(Tree(files), TERRAFORM).findings}
        assert [found for path, found in made.items() if (path, found[0].line) not in places] == []


# (rule, path, what stands there, what it becomes)
WORKFLOWS = ".github/workflows"
K8S = "infrastructure/kubernetes/base"
TF = "infrastructure/terraform"
TABLE = [
    ("ci-variable", f"{WORKFLOWS}/_deploy.yml", r"vars\.DEPLOY_ROLE_ARN", "vars.DEPLOY_ROLE"),
    ("config-reference", f"{K8S}/api/deployment.yaml", "name: api-config", "name: config"),
    ("dockerfile-user", "infrastructure/docker/api.Dockerfile", r"USER \d+(:\d+)?\n(?!.*USER)", "USER app\n"),
    ("external-secret-access", f"{TF}/eks-iam.tf", r"for (secret in aws_secretsmanager_secret\.service) :", r'for name, \1 : name == "api" ? "" :'),
    ("external-secret-access", f"{TF}/eks-identities.tf", r"module\.iam_eks\.external_secrets_role_arn", 'module.iam_eks.service_role_arns["api"]'),
    ("external-secret-key", "infrastructure/kubernetes/overlays/prod/kustomization.yaml", r"name: worker(?=\n\s+fieldPaths)", "name: api"),
    ("external-secret-key", "monitoring/overlays/staging/kustomization.yaml", "shop/staging/alertmanager", "shop/dev/alertmanager"),
    ("external-secret-key", f"{TF}/environments/prod.tfvars", r'\["SMTP_PASSWORD"\]', "[]"),
    ("external-secret-key", f"{TF}/database-exporter.tf", "var\\.environment}/database", "var.environment}/db"),
    ("external-secret-key", f"{K8S}/api/externalsecret.yaml", "key: shop/", "key: shoe/"),
    ("kubernetes-schema", f"{K8S}/api/deployment.yaml", "readinessProbe:", "readynessProbe:"),
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
    ("terraform-argument", f"{TF}/versions.tf", HIDES, "required_provider"),
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


@pytest.mark.parametrize("path", generated.cases(), ids=generated.case_id)
def test_what_we_generate_passes(path: Path) -> None:
    report = check(generated.rendering(path).tree)
    assert [f"{f.path}:{f.line}: {f.message} [{f.rule}]" for f in report.findings] == []


def test_every_rule_judges_something_in_the_example() -> None:
    idle = {result.name for result in check(example()).checks if not result.files}
    assert idle == set()
