"""What runs the containers is a matter of its components: no repository of one platform names another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import pytest

from tests.support import generated

WORDS: Final = {
    "kubernetes": re.compile(r"\b(kubernetes|kubectl|kubeconfig|kustom\w*|helm|eks|k8s|pods?|\.kube)\b|\bkube-", re.I),
    "ecs": re.compile(r"\b(ecs|fargate)\b", re.I),
}
"""What names a platform, by the answer that chooses it."""

COMPONENTS: Final = {
    platform: {
        component.id
        for component in generated.components()
        if component.manifest.condition.get("orchestration.platform") == (platform,)
    }
    for platform in WORDS
}
"""The components that are about a platform, as their manifests say; all others are about none."""

GENERAL: Final = {
    "infrastructure/docker/*.dockerignore": "files with credentials that no image may hold, whoever made them",
}
"""Paths of the output that list general knowledge, with the reason why another platform may stand in them."""

SOURCES: Final = {"docker/files/Dockerfile.dockerignore.jinja": GENERAL["infrastructure/docker/*.dockerignore"]}
"""The same for templates."""


def _case(path: Path) -> str:
    return str(generated.answers(path).orchestration.platform)


def _named(text: str, platform: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if found := WORDS[platform].search(line):
            yield f"{number}: {found[0]}: {line.strip()[:100]}"


CASES: Final = [path for path in generated.cases() if _case(path) in WORDS]


@pytest.mark.parametrize("path", CASES, ids=generated.case_id)
def test_no_repository_names_another_platform(path: Path) -> None:
    others = [platform for platform in WORDS if platform != _case(path)]
    found = [
        f"{name}:{line}"
        for name, file in generated.rendering(path).tree.items()
        if not any(fnmatch(name, pattern) for pattern in GENERAL)
        for platform in others
        for line in _named(file.text, platform)
    ]
    assert found == []


def test_every_platform_has_a_case() -> None:
    assert {_case(path) for path in CASES} == set(WORDS)


def test_no_template_of_another_component_names_a_platform() -> None:
    about_one = set().union(*COMPONENTS.values())
    found, used = [], set()
    for part in ("files", "partials"):
        for path in sorted(generated.TEMPLATES.glob(f"*/{part}/**/*")):
            name = path.relative_to(generated.TEMPLATES).as_posix()
            if not path.is_file() or name.split("/")[0] in about_one:
                continue
            lines = [f"{name}:{line}" for platform in WORDS for line in _named(path.read_text("utf-8"), platform)]
            if name in SOURCES and lines:
                used.add(name)
            elif lines:
                found += lines
    assert found == []
    assert used == set(SOURCES), "an exception that nothing needs any more"


def test_a_repository_that_names_another_platform_is_found() -> None:
    assert list(_named("run kubectl get pods", "kubernetes"))
    assert list(_named("# A pod that starts", "kubernetes"))
    assert list(_named("ECS on Fargate", "ecs"))
    assert not list(_named("a tripod, the weeks, secs", "kubernetes"))
    assert not list(_named("specs and secs", "ecs"))
