"""What platforms owe to others: two that serve the same choice give the same functions and the same answers."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Final

import pytest
import yaml

from generator import catalog
from tests.support import generated

AGREEMENTS: Final = generated.TESTS.parent / "docs/contributing/agreements.md"
_CALL: Final = r"(?:^ *|[;&|({!] *|\b(?:if|elif|then|while|until|do|else|on_exit|retry \S+|with_deadline \S+) )"
"""What stands before a command."""
CASES: Final = {
    "ecs": generated.TEMPLATES / "ecs-previews/tests/cases/jobs.yml",
    "kubernetes": generated.TEMPLATES / "k8s-previews/tests/cases/jobs.yml",
}
"""With jobs, a database and previews; so every function has something to do."""


def functions() -> list[str]:
    """The functions that the tables of the agreements name, each in the first cell of its row."""
    rows = re.findall(r"^\| (`[a-z_]+.*?`) \|", AGREEMENTS.read_text().replace("\\|", "/"), re.M)
    return [name for cell in rows for name in re.findall(r"`([a-z]+(?:_[a-z]+)*)\b[^`]*`", cell)]


@cache
def scripts(platform: str) -> str:
    """All that the scripts of a repository do, without comments."""
    tree = generated.rendering(CASES[platform]).tree
    return "\n".join(
        line
        for path, file in tree.items()
        if path.startswith("scripts/")
        for line in file.text.splitlines()
        if not line.lstrip().startswith("#")
    )


def test_the_tables_of_functions_are_found() -> None:
    assert {"platform_open", "judge_need", "ended_runs", "store_write", "preview_open", "preview_logs"} <= set(
        functions()
    )
    assert len(functions()) == len(set(functions())) > 50


@pytest.mark.parametrize("platform", CASES)
def test_every_function_that_is_agreed_on_is_there_and_is_called(platform: str) -> None:
    text = scripts(platform)
    missing = [name for name in functions() if not re.search(rf"^{name}\(\) [{{(]", text, re.M)]
    uncalled = [name for name in functions() if not re.search(rf"{_CALL}{name}(?![\w(.=-])", text, re.M)]
    assert (missing, uncalled) == ([], [])


def test_previews_of_all_platforms_ask_for_the_same() -> None:
    names = {"ecs-previews", "k8s-previews"}
    first, second = (
        c.manifest.condition | {"orchestration.platform": ()} for c in catalog.components() if c.id in names
    )
    assert first == second


def test_the_database_of_a_preview_is_as_large_on_every_platform() -> None:
    made = {platform: generated.rendering(path).tree for platform, path in CASES.items()}
    task = json.loads(made["ecs"]["infrastructure/ecs/preview/database.json"].text)
    objects = yaml.safe_load_all(made["kubernetes"]["infrastructure/kubernetes/preview/database.yaml"].text)
    (pod,) = (one["spec"]["template"]["spec"] for one in objects if one["kind"] == "Deployment")
    assert pod["containers"][0]["resources"]["limits"]["memory"] == f"{task['memory']}Mi" == "1024Mi"
