"""What platforms owe to others: two that serve the same choice give the same functions and the same answers."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Final

import pytest
import yaml

from generator import catalog
from generator.plan import plan, select
from generator.render import render
from generator.tree import Tree
from tests.support import generated
from tests.support.strategies import SCRIPT, makes_script, ways

AGREEMENTS: Final = generated.TESTS.parent / "docs/contributing/agreements.md"
_CALL: Final = r"(?:^ *|[;&|({!] *|\b(?:if|elif|then|while|until|do|else|on_exit|retry \S+|with_deadline \S+) )"
"""What stands before a command."""
CASES: Final = {
    "ecs": generated.TEMPLATES / "ecs-previews/tests/cases/jobs.yml",
    "kubernetes": generated.TEMPLATES / "k8s-previews/tests/cases/jobs.yml",
}
"""With jobs, a database and previews; so every function has something to do."""


STRATEGY: Final = "Strategy of a release"
"""The section with what every strategy has; the tables of all others are about platforms."""


@cache
def sections() -> dict[str, str]:
    """The sections of the agreements by their titles."""
    _, *parts = re.split(r"^#+ (.+)$", AGREEMENTS.read_text().replace("\\|", "/"), flags=re.M)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def functions() -> list[str]:
    """The functions that the tables of platforms name, each in the first cell of its row."""
    tables = "\n".join(text for title, text in sections().items() if title != STRATEGY)
    rows = re.findall(r"^\| (`[a-z_]+.*?`) \|", tables, re.M)
    return [name for cell in rows for name in re.findall(r"`([a-z]+(?:_[a-z]+)*)\b[^`]*`", cell)]


def of_strategies(platform: str, sourced: Collection[str]) -> dict[str, str]:
    """Function -> its arguments, of a strategy on a platform with what its script sources."""
    wanted = {}
    for cell, where in re.findall(r"^\| (`[a-z_]+.*?`) \| .* \| (\S+) \|$", sections()[STRATEGY], re.M):
        if where in {
            "everywhere",
            {"kubernetes": "Kubernetes", "ecs": "ECS"}[platform],
            *(f"`{name}`" for name in sourced),
        }:
            wanted |= dict(re.findall(r"`([a-z_]+)((?: [A-Z]+)*)`", cell))
    return wanted


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
    assert {"platform_open", "judge_env", "ended_runs", "store_write", "preview_open", "preview_logs"} <= set(
        functions()
    )
    assert len(functions()) == len(set(functions())) > 50


def sourced(tree: Tree) -> dict[str, str]:
    """The script of the strategy and all that it sources, by their names."""
    found, left = {}, [Path(SCRIPT).name]
    while left:
        if (name := left.pop()) not in found:
            found[name] = tree[f"scripts/lib/{name}"].text
            left += re.findall(r"^source .*/([\w.-]+)\"$", found[name], re.M)
    return found


WAYS: Final = {"-".join(way[:3]): way for way in ways()}


@cache
def released(way: str) -> tuple[str, str, dict[str, str]]:
    """What all scripts do, and what the script of the strategy says with all that it sources, and what it must have."""
    tree = render(plan(WAYS[way][3])).tree
    lines = [line for path, file in tree.items() if path.startswith("scripts/") for line in file.text.splitlines()]
    files = sourced(tree)
    code = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    return code, "\n".join(files.values()), of_strategies(WAYS[way][0], files)


def test_every_script_of_a_strategy_is_asked() -> None:
    made = {component.id for *_, answers in WAYS.values() for component in select(answers) if makes_script(component)}
    assert made == {component.id for component in catalog.components() if makes_script(component)}


@pytest.mark.parametrize("way", WAYS)
def test_every_strategy_has_the_functions_that_are_agreed_on(way: str) -> None:
    _, text, wanted = released(way)
    assert len(wanted) > 10
    defined = Counter(re.findall(r"^([a-z]\w*)\(\) [{(]", text, re.M))
    assert {name: defined[name] for name in wanted} == dict.fromkeys(wanted, 1)
    comments = "\n".join(re.findall(r"^ *# .*$", text, re.M))
    told = {name: set(re.findall(rf"\b{name}((?: [A-Z]+)*)[:,/`]", comments)) for name in wanted}
    assert {name: words for name, words in told.items() if words - {wanted[name]}} == {}
    assert [name for name, words in told.items() if wanted[name] and not words] == []


@pytest.mark.parametrize("way", WAYS)
def test_what_scripts_call_of_a_strategy_is_what_is_agreed_on(way: str) -> None:
    code, text, wanted = released(way)
    assert set(re.findall(r"\bstrategy_[a-z_]+\b(?!\.)", code)) <= set(wanted)
    assert [name for name in wanted if not re.search(rf"{_CALL}{name}(?![\w(.=-])", code, re.M)] == []
    words = set(re.findall(r"\bSTRATEGY_[A-Z_]+", code))
    assert words == set(re.findall(r"`(STRATEGY_[A-Z_]+)`", sections()[STRATEGY]))
    assert [word for word in words if not re.search(rf"^export .*\b{word}=", text, re.M)] == []


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
