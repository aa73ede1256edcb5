"""Generated repositories for tests: rendered once per process, written where a real tool needs files."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from generator import catalog, places
from generator.answers import Answers
from generator.answers.load import parse
from generator.new import prepare
from generator.origin import Rendering
from generator.plan import Plan, plan
from generator.render import render
from generator.served import settle
from generator.tree import Tree
from tests.support import matrix

TESTS = Path(__file__).resolve().parent.parent
CASES = TESTS / "cases"
TEMPLATES = TESTS.parent / "templates"
ANSWERS_ONLY = (places.ANSWERS_FILE, places.SCHEMA)
"""Files that hold the answers and nothing made from them."""


def cases() -> list[Path]:
    """All answer files that must render and pass: the repository's and the components'."""
    return sorted(CASES.glob("*.yml")) + sorted(TEMPLATES.glob("*/tests/cases/*.yml"))


def rejects() -> list[Path]:
    """All answer files that must be refused, named after the fault."""
    return sorted(CASES.glob("rejects/*.yml")) + sorted(TEMPLATES.glob("*/tests/rejects/*.yml"))


def case_id(path: Path) -> str:
    """A short name for a case."""
    if path.parent == matrix.FOLDER:
        return f"matrix-{path.stem}"
    return path.stem if path.parent == CASES else f"{path.parents[2].name}-{path.stem}"


def raw(path: Path) -> Any:
    """The plain data of an answers file."""
    if path.parent == matrix.FOLDER:
        return matrix.raw(path)
    return parse(path.read_text(encoding="utf-8"), path.name)


@cache
def answers(path: Path) -> Answers:
    """The settled answers of a case."""
    return settle(raw(path))[0]


@cache
def planned(path: Path) -> Plan:
    """The plan of a case."""
    return plan(answers(path))


@cache
def rendering(path: Path) -> Rendering:
    """The components' rendering of a case."""
    return render(planned(path))


@cache
def made_by(path: Path, *components: str) -> Tree:
    """The files of a case that these components make."""
    made = rendering(path)
    return Tree((name, file) for name, file in made.tree.items() if made.origins[name].component in components)


def tree_of(given: Answers) -> Tree:
    """Everything that `new` writes into an empty folder but the lock."""
    generation = prepare(Path("/nonexistent"), given, ())
    return Tree((write.path, write.file) for change in generation.changes for write in change.writes if write.file)


@cache
def tree(path: Path) -> Tree:
    """The tree of a case as it comes to lie on disk."""
    return tree_of(answers(path))


def write(files: Tree, root: Path) -> Path:
    """Writes a tree for a tool to read."""
    for path, file in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
        target.chmod(0o755 if file.executable else 0o644)
    return root


def module(component: str, name: str = "context") -> Any:
    """A module of a component, loaded as the program loads it."""
    context = next(c for c in catalog.components() if c.id == component).module
    return importlib.import_module(f"{context.__package__}.{name}")


def components() -> Iterator[catalog.Component]:
    """Every component."""
    yield from catalog.components()
