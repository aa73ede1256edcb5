"""The contract that every component keeps, on every case."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from jinja2 import nodes

from generator import catalog, render
from generator.cli.main import app
from generator.errors import ScaffoldError
from generator.plan import plan
from generator.served import settle
from tests.support import generated

COMPONENTS = catalog.components()
CASES = generated.cases()
BY_ID = pytest.mark.parametrize("component", COMPONENTS, ids=lambda c: c.id)
BY_CASE = pytest.mark.parametrize("case", CASES, ids=generated.case_id)
PUBLIC = {
    f"generator.{name}"
    for name in (
        "component", "parts", "facts", "schedules", "shifts", "rollouts", "monitored", "taken", "times", "answers", "pins", "formats",
    )
}  # fmt: skip
"""What a component may import of the program: these modules, and nothing below them."""
NOT_PURE = {"os", "subprocess", "socket", "time", "datetime", "random", "requests"}


@BY_ID
def test_has_its_page_and_no_file_that_nothing_uses(component: catalog.Component) -> None:
    readme = component.folder / "README.md"
    assert readme.is_file()
    assert len(readme.read_text()) > 300
    used = {re.sub(r"\{[^}]*\}", "*", entry.from_) for entry in component.manifest.files}
    there = {
        p.relative_to(component.folder / "files").as_posix()
        for p in (component.folder / "files").rglob("*")
        if p.is_file()
    }
    assert [path for path in there if not any(fnmatch(path, pattern) for pattern in used)] == []
    assert [pattern for pattern in used if not any(fnmatch(path, pattern) for path in there)] == []


def imported(source: str) -> Iterator[str]:
    """The modules that a source imports; of `from generator import x` the module is `generator.x`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            whole = node.module == "generator"
            yield from (f"{node.module}.{alias.name}" if whole else str(node.module) for alias in node.names)


def foreign(source: str) -> list[str]:
    """What a source of a component imports and may not."""
    names = [(name, name.split(".")[0]) for name in imported(source)]
    return [name for name, top in names if (top == "generator" and name not in PUBLIC) or top in NOT_PURE]


@BY_ID
def test_imports_only_public_names(component: catalog.Component) -> None:
    assert {path.name: found for path in component.folder.glob("*.py") if (found := foreign(path.read_text()))} == {}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from generator import facts, apply, shifts", ["generator.apply"]),
        ("from generator.apply import write", ["generator.apply"]),
        ("import generator.apply as facts", ["generator.apply"]),
        ("import generator", ["generator"]),
        ("from generator.answers.read import read", ["generator.answers.read"]),
        ("from os import path", ["os"]),
        ("import json, os.path", ["os.path"]),
        ("from . import apply", []),
        ("from generator.rollouts import steps", []),
    ],
)
def test_what_a_component_may_not_import_is_seen(line: str, found: list[str]) -> None:
    assert foreign(line) == found


# What a template may not do: it prints, it does not think.
FORBIDDEN = (
    nodes.Compare,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.BinExpr,
    nodes.Assign,
    nodes.AssignBlock,
    nodes.Call,
    nodes.CondExpr,
    nodes.Macro,
    nodes.Getitem,
)


def templates() -> list[Path]:
    return sorted(
        p
        for p in generated.TEMPLATES.rglob("*.jinja")
        if p.parts[-2] != "questionnaire" and "questionnaire" not in p.parts
    )


@pytest.mark.parametrize("path", templates(), ids=lambda p: p.relative_to(generated.TEMPLATES).as_posix())
def test_templates_do_not_think(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    tree = render.environment().parse(source)
    found = [f"line {n.lineno}: {type(n).__name__}" for n in tree.find_all(FORBIDDEN)]
    assert found == []
    for number, line in enumerate(source.splitlines(), 1):
        assert "#%" not in line or re.fullmatch(r"\s*#%.*%#\s*", line), (
            f"line {number}: a block tag stands alone on its line"
        )
    assert "raw %#" not in source
    assert len(source.splitlines()) <= 400


def test_no_partial_is_there_twice() -> None:
    same: dict[bytes, list[Path]] = {}
    for path in generated.TEMPLATES.glob("*/partials/*"):
        same.setdefault(path.read_bytes(), []).append(path)
    assert [paths for paths in same.values() if len(paths) > 1] == []


@BY_CASE
def test_renders_and_leaves_no_delimiter(case: Path) -> None:
    for path, file in generated.rendering(case).tree.items():
        assert re.fullmatch(r"[A-Za-z0-9._/-]+", path), path
        text = file.text
        for mark in ("#{", "}#", "#%", "%#", "|#"):
            # The user's own text may hold anything; it stands in quotes.
            hits = [
                line for line in text.splitlines() if mark in line and "delimiters" not in line and "${#" not in line
            ]
            assert hits == [], f"{path}: {hits}"


@BY_CASE
def test_no_empty_file_and_no_two_with_the_same_bytes(case: Path) -> None:
    tree = generated.tree(case)
    assert [path for path, file in tree.items() if not file.content.strip()] == []
    same = {}
    for path, file in tree.items():
        same.setdefault(file.content, []).append(path)
    doubled = [paths for paths in same.values() if len(paths) > 1]
    allowed = yaml.safe_load((generated.TESTS / "twins.yml").read_text()) or {}
    assert [p for p in doubled if not any(re.search(pattern, p[0]) for pattern in allowed)] == []


HEADER = 'Managed by agency-scaffold ({id}): "agency-scaffold update" regenerates it and keeps your edits.'
ONCE = "Made once by agency-scaffold ({id}): it is yours now."
NO_COMMENTS = (".json", "LICENSE")


@BY_CASE
def test_every_file_says_who_made_it(case: Path) -> None:
    rendering = generated.rendering(case)
    without = []
    for path, file in rendering.tree.items():
        origin = rendering.origins[path]
        if origin.owner == "block" or path.endswith(NO_COMMENTS):
            continue
        wanted = (ONCE if origin.owner == "once" else HEADER).format(id=origin.component)
        if wanted not in "\n".join(file.text.splitlines()[:2]):
            without.append(path)
    assert without == []


@BY_CASE
def test_only_commands_that_exist_are_named(case: Path) -> None:
    told = {
        word
        for file in generated.tree(case).values()
        for word in re.findall(r"(?<![\w/-])agency-scaffold ([a-z]+)(?= [-\[A-Z`]|[`\"]|$)", file.text, re.MULTILINE)
    }
    assert "update" in told
    assert told <= {command.name for command in app.registered_commands}


@BY_CASE
def test_ends_with_one_newline_and_has_no_trailing_space(case: Path) -> None:
    for path, file in generated.rendering(case).tree.items():
        assert file.text.endswith("\n"), path
        assert not file.text.endswith("\n\n"), path
        assert [n for n, line in enumerate(file.text.splitlines(), 1) if line != line.rstrip()] == [], path


@BY_CASE
def test_scripts_are_executable(case: Path) -> None:
    for path, file in generated.rendering(case).tree.items():
        script = file.content.startswith(b"#!")
        assert script == file.executable, path


@pytest.mark.parametrize("path", generated.rejects(), ids=generated.case_id)
def test_what_must_be_refused_is_refused(path: Path) -> None:
    expected = re.findall(r"^# expect: (.+)$", path.read_text(), re.MULTILINE)
    assert expected, "a rejected case says which message it expects"
    with pytest.raises(ScaffoldError) as caught:
        plan(settle(generated.raw(path))[0])
    text = "\n".join(f"{p.key}: {p.message}" for p in getattr(caught.value, "problems", ())) or caught.value.message
    for message in expected:
        assert message in text


@BY_CASE
def test_cases_say_what_they_are(case: Path) -> None:
    assert case.read_text().startswith("# "), "the first line says why the case exists"
