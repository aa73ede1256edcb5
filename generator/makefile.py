"""What a makefile's text says about its targets, without running make: what it computes stays unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

NAMES: Final = ("GNUmakefile", "makefile", "Makefile")
"""What make reads, in its order: the first that is there."""
_ASSIGNED: Final = re.compile(
    r"^ *[^:=]*?(?P<target>::?\s*)?(?:(?:export|unexport|override|private)\s+)*(?P<name>[\w.-]+)"
    r"\s*(?:[:+?!]|:::?)?=(?P<value>.*)$"
)
_RULE: Final = re.compile(r"^ *(?P<names>(?:(?:[\w./-]|\$\([\w.-]+\)|\$\{[\w.-]+\})+ *)+)&?::?(?:[^:=].*)?$")
_INCLUDE: Final = re.compile(r"^ *-?s?include +(?P<files>[^#]+)")
_VARIABLE: Final = re.compile(r"\$[({]([\w.-]+)[)}]")
_DEPTH: Final = 10

Read = Callable[[str], str]
"""A makefile's text by its path from the folder that make runs in; "" where there is none."""


def targets(path: str, read: Read) -> dict[str, str]:
    """The explicit targets of a makefile and of those that it includes, each with its place (`path:line`)."""
    found: dict[str, str] = {}
    _collect(path, read, {}, found, _DEPTH)
    return found


def _collect(path: str, read: Read, variables: dict[str, str], found: dict[str, str], depth: int) -> None:
    for number, line in _lines(read(path)):
        if assigned := _ASSIGNED.match(line):
            if not assigned["target"]:
                variables[assigned["name"]] = _expanded(assigned["value"].partition("#")[0], variables)
        elif (included := _INCLUDE.match(line)) and depth:
            for name in _expanded(included["files"], variables).split():
                _collect(name, read, variables, found, depth - 1)
        elif rule := _RULE.match(line):
            for name in _expanded(rule["names"], variables).split():
                found.setdefault(name, f"{path}:{number}")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that are no recipe, with what continues them."""
    start, whole = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        start = start if whole else number
        whole += line
        if whole.endswith("\\"):
            whole = whole[:-1] + " "
            continue
        if not whole.startswith("\t"):
            yield start, whole
        whole = ""


def _expanded(text: str, variables: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda match: variables.get(match[1], ""), text)
