"""What runs the containers is a matter of its components: no repository of one platform names another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.support import generated, matrix

NOUNS: Final = {
    "kubernetes": (
        "kubernetes", "k8s", "kube", "kubectl", "kubeconfig", "kubelet", "eks", "helm", "kustom[a-z]*", "pods?", "nodes",
        "node ?groups?", "namespaces?", "config ?maps?", "daemon ?sets?", "stateful ?sets?", "replica ?sets?", "cron ?jobs?",
        "service ?accounts?",
    ),
    "ecs": (
        "ecs", "fargate", "awsvpc", "task ?definitions?", "task ?sets?", "service ?connect", "event ?bridge scheduler",
        "scheduler schedules?", "capacity ?providers?", "cloud ?map",
    ),
}  # fmt: skip
"""What names a platform, by the answer that chooses it: in the words of a text and of the identifiers in it."""

WORDS: Final = {platform: re.compile(rf"\b({'|'.join(nouns)})\b") for platform, nouns in NOUNS.items()}

ELSEWHERE: Final = {
    "namespace of CloudWatch's metrics": re.compile(r"namespace\W+AWS/"),
    "namespace of Application Auto Scaling": re.compile(r"service.namespace"),
}
"""What has such a word as a name of its own, on every platform."""

COMPONENTS: Final = {
    platform: {
        component.id
        for component in generated.components()
        if component.manifest.condition.get("orchestration.platform") == (platform,)
    }
    for platform in WORDS
}
"""The components that are about a platform, as their manifests say; all others are about none."""

OWN: Final = {"ecs": frozenset({"namespace", "namespaces"})}
"""Words that a platform has too, for something else: in files of its own components they may stand. (Cloud Map.)"""

JOINT: Final = {
    ".agency/decisions/infrastructure.md": "every component tells its decisions there",
    "SECURITY.md": "every component tells there what can be done with its rights",
    "infrastructure/terraform/bootstrap/platform.tf": "the rights that the platform's components need, printed from their parts",
    "infrastructure/terraform/bootstrap/previews.tf": "the same for previews",
}
"""Files that consist of what components add, in which a platform's OWN words may stand, too."""

GENERAL: Final = {
    "infrastructure/docker/*.dockerignore": "files with credentials that no image may hold, whoever made them",
}
"""Paths of the output that list general knowledge, with the reason why another platform may stand in them."""

SOURCES: Final = {
    "docker/files/Dockerfile.dockerignore.jinja": GENERAL["infrastructure/docker/*.dockerignore"],
    "docs/alerts.py": "variables for every label that a platform's alerts may have",
    "docs/diagram.py": "the nodes of a drawing",
    "docs/files/infrastructure/architecture.md.jinja": "the nodes of a drawing",
    "docs/words.py": "the words in which a page says which platform was chosen",
    "docs/words.yml": "the words in which a page says which platform was chosen",
    "github-actions/tools.yml": "which tools a runner has",
    "release/component.yml": "the platforms that are released to by scripts; a manifest's condition has no other form",
}
"""The same for templates, context modules and data."""


def _case(path: Path) -> str:
    return str(generated.answers(path).orchestration.platform)


def _plain(line: str) -> str:
    """The words of a line and of its identifiers: `aws_eks_cluster2`, `AmazonEKSClusterPolicy` and `EKS_CLUSTER` have `eks`."""
    line = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", line)
    return " ".join(re.findall(r"k8s|[a-z]+", line.lower()))


@cache
def _nouns(line: str, platform: str) -> tuple[str, ...]:
    """The nouns of a platform in a line."""
    if any(known.search(line) for known in ELSEWHERE.values()):
        return ()
    return tuple(found[0] for found in WORDS[platform].finditer(_plain(line)))


def _named(text: str, platform: str, allowed: frozenset[str] = frozenset()) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if found := set(_nouns(line, platform)) - allowed:
            yield f"{number}: {min(found)}: {line.strip()[:100]}"


CASES: Final = [path for path in generated.cases() if _case(path) in WORDS]


def _foreign(path: Path) -> Iterator[str]:
    """What names another platform in the repository of a case."""
    own = _case(path)
    made = generated.rendering(path)
    for name, file in made.tree.items():
        if any(fnmatch(name, pattern) for pattern in GENERAL):
            continue
        is_own = name in JOINT or made.origins[name].component in COMPONENTS[own]
        for platform in set(WORDS) - {own}:
            for line in _named(file.text, platform, OWN.get(own, frozenset()) if is_own else frozenset()):
                yield f"{name}:{line}"


@pytest.mark.parametrize("path", CASES, ids=generated.case_id)
def test_no_repository_names_another_platform(path: Path) -> None:
    assert list(_foreign(path)) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", matrix.paths(), ids=generated.case_id)
def test_no_row_names_another_platform(path: Path) -> None:
    assert list(_foreign(path)) == []


def test_every_platform_has_a_case() -> None:
    assert {_case(path) for path in CASES} == set(WORDS)


def _sources() -> Iterator[tuple[str, Path]]:
    """All that makes output, of components that are about no platform: templates, context modules, data."""
    about_one = set().union(*COMPONENTS.values())
    for path in sorted(generated.TEMPLATES.glob("*/**/*")):
        name = path.relative_to(generated.TEMPLATES).as_posix()
        component, *below = name.split("/")
        told = below[:1] in (["files"], ["partials"]) or path.suffix in {".py", ".yml"}
        is_test = below[0] == "tests" or name.endswith("_tests.py")
        if path.is_file() and told and not is_test and component not in about_one | {"questionnaire"}:
            yield name, path


def test_no_template_of_another_component_names_a_platform() -> None:
    found, used, seen = [], set(), set()
    for name, path in _sources():
        lines = [f"{name}:{line}" for platform in WORDS for line in _named(path.read_text("utf-8"), platform)]
        seen.add(path.suffix)
        if name in SOURCES and lines:
            used.add(name)
        else:
            found += lines
    assert found == []
    assert used == set(SOURCES), "an exception that nothing needs any more"
    assert seen >= {".jinja", ".py", ".yml", ".tf", ".sh"}


def test_only_what_runs_the_monitoring_serves_it() -> None:
    """So that a platform without it is refused the backend, and no fact has to know which platforms have one."""
    serving = [c for c in generated.components() if "prometheus" in c.manifest.serves.get("monitoring.backend", ())]
    assert {c.id for c in serving if "orchestration.platform" not in c.manifest.condition} == set()
    assert {value for c in serving for value in _values(c.manifest.condition["orchestration.platform"])} == set(WORDS)


def _values(condition: object) -> tuple[object, ...]:
    return tuple(condition) if isinstance(condition, (list, tuple)) else (condition,)


@pytest.mark.parametrize(
    ("platform", "line"),
    [
        ("kubernetes", "run kubectl get pods"),
        ("kubernetes", "# A pod that starts"),
        ("kubernetes", 'resource "aws_eks_cluster" "main" {'),
        ("kubernetes", "kube_pod_status_ready"),
        ("kubernetes", "helm_release.x"),
        ("kubernetes", "AmazonEKSClusterPolicy"),
        ("kubernetes", "KUBERNETES_VERSION=1"),
        ("kubernetes", "podStatus"),
        ("kubernetes", "k8s-rolling"),
        ("kubernetes", 'namespace: "shop"'),
        ("kubernetes", "The nodes are amd64"),
        ("ecs", "ECS on Fargate"),
        ("ecs", "aws_ecs_service.service"),
        ("ecs", "AmazonECSTaskExecutionRolePolicy"),
        ("ecs", "aws_ecs_task_definition"),
        ("ecs", "taskDefinitionArn"),
        ("ecs", "by EventBridge Scheduler"),
        ("ecs", "Service Connect"),
    ],
)
def test_a_line_that_names_another_platform_is_found(platform: str, line: str) -> None:
    assert list(_named(line, platform))


@pytest.mark.parametrize(
    "line",
    [
        "a tripod, the weeks, secs",
        "specs and secs",
        "node:24",
        'namespace = "AWS/RDS"',
        "--namespace AWS/RDS",
        "a task",
        "seeks",
    ],
)
def test_a_line_that_names_no_platform_is_not_found(line: str) -> None:
    assert not [found for platform in WORDS for found in _named(line, platform)]
