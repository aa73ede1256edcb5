"""What a makefile's text says about its targets, without running make: what it computes stays unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

NAMES: Final = ("GNUmakefile", "makefile", "Makefile")
"""What make reads, in its order: the first that is there."""
_ASSIGNED: Final = re.compile(
    r"^ *(?:(?:export|unexport|override|private)\s+)*(?P<name>[\w.-]+)\s*(?:[+?!]|:{1,3})?=(?P<value>.*)$"
)
_NAME: Final = re.compile(r"(?:[\w./-]|\$\([\w.-]+\)|\$\{[\w.-]+\})+")
_INCLUDE: Final = re.compile(r"^ *-?s?include +(?P<files>[^#]+)")
_VARIABLE: Final = re.compile(r"\$[({]([\w.-]+)[)}]")
Read = Callable[[str], str]
"""A makefile's text by its path from the folder that make runs in; "" where there is none."""


def targets(path: str, read: Read) -> dict[str, str]:
    """The explicit targets of a makefile and of those that it includes, each with its place (`path:line`)."""
    found: dict[str, str] = {}
    _collect(path, read, {}, found, set())
    return found


def _collect(path: str, read: Read, variables: dict[str, str], found: dict[str, str], seen: set[str]) -> None:
    seen.add(path)
    for number, line in _lines(read(path).removeprefix("\ufeff")):
        if assigned := _ASSIGNED.match(line):
            variables[assigned["name"]] = _expanded(assigned["value"].partition("#")[0], variables)
        elif included := _INCLUDE.match(line):
            for name in _expanded(included["files"], variables).split():
                if name not in seen:
                    _collect(name, read, variables, found, seen)
        else:
            for name in _expanded(_named(line), variables).split():
                found.setdefault(name, f"{path}:{number}")


def _named(line: str) -> str:
    """What a rule names; "" for a line that is none, or that sets a variable of a target (`x: A = b`)."""
    head, colon, rest = line.partition(":")
    rest = rest.removeprefix(":")
    if not colon or "\t" in head or "=" in head or rest.startswith("=") or _ASSIGNED.match(rest.lstrip()):
        return ""
    head = head.removesuffix("&")
    return head if all(_NAME.fullmatch(word) for word in head.split()) else ""


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
