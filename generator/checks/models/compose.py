"""Compose files: services that run beside each other on one machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.formats.yaml_text import written
from generator.checks.source import Sources, folder, lines, name, shared
from generator.repository import is_foreign

_NAMES: Final = ("docker-compose", "compose.")
_VARIABLE: Final = re.compile(r"\$(?:\$|(\w+)|\{(\w+)(:?[-?+])?)")


def paths(sources: Sources) -> Iterator[str]:
    """All compose files."""
    return (path for path in yaml.paths(sources) if name(path).startswith(_NAMES) and not is_foreign(path))


def services(sources: Sources, path: str) -> dict[str, Node]:
    """The services of a file that is to be run by itself."""
    return yaml.root(sources, path).at("services").map


@shared
def _by_folder(sources: Sources) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths(sources):
        found.setdefault(folder(path), []).append(path)
    return found


@shared
def declared(sources: Sources, path: str, key: str) -> frozenset[str] | None:
    """The names below a key of a file and of those beside it (`-f`); None where one of them includes others."""
    beside = _by_folder(sources)[folder(path)]
    if any(yaml.root(sources, one).at("include") for one in beside):
        return None
    return frozenset(found for one in beside for found in yaml.root(sources, one).at(key).map)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that stands in a value."""

    name: str
    required: bool
    """Whether the file says that nothing starts without it."""
    optional: bool
    """Whether the file says what is taken instead."""
    line: int
    column: int


@shared
def variables(sources: Sources, path: str) -> tuple[Variable, ...]:
    """The variables of a compose file, each at its place."""
    rows = lines(sources, path)
    found: dict[tuple[int, int], Variable] = {}
    for node in yaml.root(sources, path).walk():
        for match in _VARIABLE.finditer(written(node, rows).text) if "$" in node.text else ():
            word, sign = match[1] or match[2], match[3] or ""
            line, column = written(node, rows).place(match.start())
            if word:
                found[line, column] = Variable(word, "?" in sign, "-" in sign or "+" in sign, line, column)
    return tuple(found.values())
