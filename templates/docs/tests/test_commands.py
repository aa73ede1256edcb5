"""The commands of the documents can be pasted, and are known to the tools that they call: by every way of releasing."""

from __future__ import annotations

import re
import subprocess
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support import generated, pasted

CASES = [
    *(generated.CASES / f"{name}.yml" for name in ("example", "minimal", "wide")),
    *(
        generated.TEMPLATES / f"{component}/tests/cases/{name}.yml"
        for component, name in (
            ("k8s-blue-green", "alone"), ("k8s-canary", "services"),
            ("k8s-rollouts", "rolling"), ("k8s-rollouts", "blue-green"), ("k8s-rollouts", "canary"),
            ("ecs", "example"), ("ecs-blue-green", "services"), ("ecs-canary", "services"), ("ecs-jobs", "jobs"),
        )
    ),
]  # fmt: skip
pytestmark = [pytest.mark.tool("kubectl"), pytest.mark.tool("shfmt")]


@pytest.fixture(scope="module", params=CASES, ids=generated.case_id)
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated.write(generated.tree(request.param), tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated.write(generated.tree(CASES[0]), tmp_path_factory.mktemp("example"))


def sections(root: Path) -> Iterator[tuple[str, list[str]]]:
    """The blocks of shell of each section of every page, with the page's name; also those inside of a list."""
    for path in sorted(root.rglob("*.md")):
        for section in re.split(r"^## ", path.read_text(), flags=re.M):
            found = re.findall(r"^ *```bash\n(.*?)^ *```", section, re.S | re.M)
            yield path.name, [textwrap.dedent(block) for block in found]


@cache
def is_shell(block: str) -> bool:
    return subprocess.run(["bash", "-n", "-c", block], check=False, timeout=60).returncode == 0


def test_commands_can_be_pasted(tree: Path) -> None:
    """No word stands for a value that a person must first put there: a variable is set by a line before."""
    known = {"AWS", "HEAD", "ACTIVE", "END"} | {"FARGATE", "ROLLBACK", "SETTINGS", "STOPPED", "TAGS"}
    # "Get access" sets what CI knows.
    environment = {"AWS_ACCOUNT_ID", "AWS_REGION", "CLUSTER_NAME", "EDITOR", "HOME", "PROMETHEUS_WORKSPACE"}
    words_of = r"--(?:dimensions|metadata) \S+|--namespace AWS/\S+|custom-columns=\S+"
    begun = set[str]()
    for page, found in sections(tree):
        assigned = set[str]()
        for block in found:
            assert is_shell(block), (page, block)
            bare = re.sub(rf"\$\{{?[A-Za-z_]+|{words_of}", "", block)
            words = set(re.findall(r"(?<![\w$.\"'-])[A-Z][A-Z_]{2,}\b(?!=)|<[a-z-]+>", bare)) - known
            assert not words, (page, block)
            assigned |= set(re.findall(r"(?:^ *|[;)] )([A-Z_]+)=", block, re.M))
            # The page of alerts begins with the environment, which every section needs.
            begun |= assigned & {"ENVIRONMENT"} if page == "alerts.md" else set()
            used = set(re.findall(r"\$\{?([A-Z_]{2,})", block))
            assert used <= assigned | environment | (begun if page == "alerts.md" else set()), (page, block)


def test_a_word_that_is_no_command_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("```bash\ngh run rerun RUN --failed\n```\n")
    with pytest.raises(AssertionError):
        test_commands_can_be_pasted(tmp_path)


def test_every_tool_knows_its_commands(tree: Path) -> None:
    assert pasted.unknown({block for _, found in sections(tree) for block in found}, tree) == []


@pytest.mark.parametrize(
    ("line", "old", "new", "why"),
    [
        ("kubectl --namespace shop get pods -o wide", "get", "gte", "kubectl has no command gte"),
        ("kubectl --namespace shop get pods -o wide", "pods", "podz", "no kind is called podz"),
        ("kubectl get pods,replicasets", "replicasets", "replicaset,setz", "no kind is called setz"),
        ("kubectl patch rollout web --subresource status", "patch", "ptach", "kubectl has no command ptach"),
        ("kubectl patch rollout web --subresource status", "rollout", "rolout", "no kind is called rolout"),
        ("kubectl patch rollout web --subresource status", "--sub", "--subb", "has no option --subbresource"),
        ("kubectl rollout restart deployment web", "restart", "restrat", "kubectl has no command rollout restrat"),
        ("kubectl logs job/web --tail 9", "job", "jop", "no kind is called jop"),
        ("kubectl top pods --containers", "pods", "podz", "kubectl has no command top podz"),
        ("kubectl exec -it database-session -- psql --sub", "-it", "-iy", "has no option -y"),
        ("make infra-health ENV=prod", "health", "healht", "make has no target infra-healht"),
        ("scripts/rollback.sh --environment prod --to v1", "--to", "--too", "has no option --too"),
        ("scripts/rollback.sh --environment prod", "rollback", "rolback", "there is no scripts/rolback.sh"),
        ("gh workflow run rollback.yml -f environment=prod", "run", "rum", "gh has no command workflow rum"),
        ("gh workflow run rollback.yml -f environment=prod", "rollback", "rolback", "there is no workflow"),
        ("gh workflow run rollback.yml -f environment=prod", "-f environment", "-f stage", "asks for no stage"),
        ("gh run list --workflow rollback.yml", "rollback", "rolback", "there is no workflow"),
        ("git rev-parse HEAD", "rev-parse", "rev-prase", "git has no command rev-prase"),
        ("aws ecs describe-services --cluster c", "describe", "descrieb", "has no command descrieb-services"),
        ("aws ecs describe-services --cluster c", "--cluster", "--clutser", "has no option --clutser"),
        ("curl https://example.org", "curl", "crul", "no tool is called crul"),
    ],
)
def test_a_misspelt_word_is_found(example: Path, line: str, old: str, new: str, why: str) -> None:
    assert pasted.unknown([line], example) == []
    (found,) = pasted.unknown([line.replace(old, new)], example)
    assert why in found
