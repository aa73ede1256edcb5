"""Mistakes put into a real generated repository are found: misspelt Terraform at random places, and a table of others."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

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

EXAMPLE = generated.CASES / "example.yml"
TERRAFORM = tuple(rule for rule in RULES if rule.startswith(("terraform-", "hcl-")))
MUTATIONS = 120


@cache
def example() -> Tree:
    return generated.rendering(EXAMPLE).tree


@cache
def terraform() -> Tree:
    """The Terraform files of the example."""
    return Tree((path, file) for path, file in example().items() if path.endswith((".tf", ".tfvars", ".hcl")))


@dataclass(frozen=True)
class Word:
    """A name in a file that a rule must miss when it changes."""

    kind: str
    path: str
    name: str
    line: int
    column: int


def words() -> Iterator[Word]:
    """Every argument, block, type, reference and function of the example's Terraform."""
    sources = Sources(terraform())
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


def new_findings(before: Tree, after: Tree, only: tuple[str, ...]) -> list[Finding]:
    known = set(check(before, only).findings)
    return [finding for finding in check(after, only).findings if finding not in known]


def test_misspelt_terraform_is_found() -> None:
    chance = random.Random(20261124)
    known = {word.name for word in words()}
    chosen = chance.sample(list(words()), MUTATIONS)
    baseline = set(check(terraform(), TERRAFORM).findings)
    missed = []
    for word in chosen:
        lines = terraform()[word.path].text.split("\n")
        wrong = misspell(word.name, chance)
        while wrong in known or not re.fullmatch(r"[a-zA-Z_]\w*", wrong):
            wrong = misspell(word.name, chance)
        line = lines[word.line - 1]
        start = line.index(word.name, word.column - 1)
        lines[word.line - 1] = line[:start] + wrong + line[start + len(word.name) :]
        report = check(changed(terraform(), word.path, "\n".join(lines)), TERRAFORM)
        found = [f for f in report.findings if f not in baseline and f.path == word.path]
        if not any(f.line == word.line for f in found):
            missed.append((word, wrong, found))
    assert missed == []


# (rule, path, what stands there, what it becomes)
TABLE = [
    ("ci-variable", ".github/workflows/_deploy.yml", r"vars\.DEPLOY_ROLE_ARN", "vars.DEPLOY_ROLE"),
    ("config-key", "infrastructure/kubernetes/base/database-externalsecret.yaml", "secretKey: DATABASE_USERNAME", "secretKey: USER"),
    ("config-reference", "infrastructure/kubernetes/base/api/deployment.yaml", "name: api-config", "name: config"),
    ("dockerfile-user", "infrastructure/docker/api.Dockerfile", r"USER \d+(:\d+)?\n(?!.*USER)", "USER app\n"),
    ("kubernetes-schema", "infrastructure/kubernetes/base/api/deployment.yaml", "readinessProbe:", "readynessProbe:"),
    ("kubernetes-schema", "infrastructure/kubernetes/base/api/httproute.yaml", "parentRefs:", "parentReferences:"),
    ("kubernetes-selector", "infrastructure/kubernetes/base/api/service.yaml", r"(selector:\n\s+\S+): api", r"\1: apy"),
    ("kustomize-orphan", "infrastructure/kubernetes/base/api/kustomization.yaml", r"  - service\.yaml\n", ""),
    ("kustomize-reference", "infrastructure/kubernetes/base/kustomization.yaml", r"  - api\n", "  - apy\n"),
    ("make-include", "Makefile", r"include scaffold\.mk", "include scafold.mk"),
    ("prometheus-config", "monitoring/prometheus/prometheus.yml", "scrape_interval", "scrape_intervall"),
    ("promql", "monitoring/prometheus/rules/services.yml", r"sum by", "summ by"),
    ("route-backend", "infrastructure/kubernetes/base/api/httproute.yaml", r"(backendRefs:\n\s+- name: )api", r"\1apy"),
    ("route-parent", "infrastructure/kubernetes/base/api/httproute.yaml", r"(parentRefs:\n\s+- name: )gateway", r"\1gate"),
    ("scale-target", "infrastructure/kubernetes/base/api/hpa.yaml", r"(kind: Deployment\n\s+name: )api", r"\1apy"),
    ("script-call", ".github/workflows/_deploy.yml", r"scripts/deploy\.sh", "scripts/release.sh"),
    ("service-port", "infrastructure/kubernetes/base/api/service.yaml", r"targetPort: http", "targetPort: web"),
    ("terraform-output", "scaffold.mk", r"\Z", "\nx:\n\tterraform output -raw nothing\n"),
    ("workflow-call", ".github/workflows/deploy-production.yml", r"\n      version:", "\n      verison:"),
    ("workflow-expression", ".github/workflows/_deploy.yml", r"inputs\.commit", "inputs.comit"),
    ("workflow-needs", ".github/workflows/deploy-staging.yml", r"needs: \[?\"?build", "needs: [\"biuld"),
    ("workflow-step-output", ".github/workflows/_deploy.yml", r"steps\.images\.outputs\.images", "steps.images.outputs.image"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "old", "new"), TABLE, ids=[f"{row[0]}-{n}" for n, row in enumerate(TABLE)])
def test_sabotage_is_found(rule: str, path: str, old: str, new: str) -> None:
    text = example()[path].text
    wrong = re.sub(old, new, text, count=1)
    assert wrong != text, f"{path} has no {old}"
    assert [f for f in new_findings(example(), changed(example(), path, wrong), (rule,))]


@pytest.mark.parametrize("path", generated.cases(), ids=generated.case_id)
def test_what_we_generate_passes(path: object) -> None:
    report = check(generated.rendering(path).tree)  # type: ignore[arg-type]
    assert [f"{f.path}:{f.line}: {f.message} [{f.rule}]" for f in report.findings] == []


def test_every_rule_judges_something_in_the_example() -> None:
    idle = {result.rule for result in check(example()).rules if not result.files}
    assert idle <= {"role-reference"}
