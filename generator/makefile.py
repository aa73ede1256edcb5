"""What a makefile's text says about its targets, without running make: what it computes stays unknown."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

NAMES: Final = ("GNUmakefile", "makefile", "Makefile")
"""What make reads, in its order: the first that is there."""
_ASSIGNED: Final = re.compile(
    r"^ *(?:(?:export|unexport|override|private)\s+)*(?P<name>[\w.-]+)\s*(?P<how>[+?!]|:{1,3})?=(?P<value>.*)$"
)
_NAME: Final = re.compile(r"(?:[\w./-]|\$\([\w.-]+\)|\$\{[\w.-]+\})+")
_INCLUDE: Final = re.compile(r"^ *-?s?include +(?P<files>[^#]+)")
_VARIABLE: Final = re.compile(r"\$[({]([\w.-]+)[)}]")
_CALL: Final = re.compile(r"\$[({](?P<name>[^\s$(){}]*)(?P<rest>[^$(){}]*)[)}]")
_UNKNOWN: Final = "\0"
_LONGEST: Final = 100_000
Read = Callable[[str], str | None]
"""The text of a makefile, by its path from the folder that make runs in: "" for none, None for one that is not read."""
Match = Callable[[str], Iterable[str]]
"""The paths, from that folder, that a pattern of make matches."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found."""

    targets: dict[str, str] = field(default_factory=dict)
    """The explicit targets, each with its place (`path:line`)."""
    unread: dict[str, str] = field(default_factory=dict)
    """What an include names and we cannot follow, each with its place."""


def look(path: str, read: Read, match: Match) -> Found:
    """The targets of a makefile and of those that it includes."""
    found = Found()
    _collect(path, read, match, {"CURDIR": "."}, found, set())
    return found


def _collect(path: str, read: Read, match: Match, variables: dict[str, str], found: Found, seen: set[str]) -> bool:
    """Adds what a makefile says; whether it could be read."""
    seen.add(path)
    text = read(path)
    for number, line in _lines((text or "").removeprefix("\ufeff")):
        place = f"{path}:{number}"
        if assigned := _ASSIGNED.match(line):
            _assign(assigned, variables)
        elif included := _INCLUDE.match(line):
            for name in _included(included["files"], variables, match):
                if not name or (name not in seen and not _collect(name, read, match, variables, found, seen)):
                    found.unread.setdefault(name or included["files"].strip(), place)
        else:
            for name in _VARIABLE.sub("", _expanded(_named(line), variables)).split():
                found.targets.setdefault(name, place)
    return text is not None


def _assign(line: re.Match[str], variables: dict[str, str]) -> None:
    name, before = line["name"], variables.get(line["name"])
    value = _expanded(line["value"].partition("#")[0].strip(), variables)
    if line["how"] == "!":  # what a command prints
        variables[name] = f"$(shell {value})"
    elif line["how"] == "+" and before is not None:
        variables[name] = f"{before} {value}" if len(before) < _LONGEST else before
    elif line["how"] != "?" or before is None:
        variables[name] = value


def _included(text: str, variables: dict[str, str], match: Match) -> Iterator[str]:
    """The paths that an include names; "" for what only make can tell."""
    whole, before = _expanded(text, variables), ""
    while whole != before:
        whole, before = _CALL.sub(lambda call: _called(call, match), whole), whole
    yield from _matched(whole, match)


def _called(call: re.Match[str], match: Match) -> str:
    """What a call gives; _UNKNOWN for any but those of files."""
    if call["name"] not in {"wildcard", "sort"} or _UNKNOWN in call["rest"]:
        return _UNKNOWN
    return " ".join(_matched(call["rest"], match))


def _matched(text: str, match: Match) -> Iterator[str]:
    """The paths that words name, some of them patterns; "" for a word that is not known."""
    for word in text.split():
        name = "" if "$" in word or _UNKNOWN in word else posixpath.normpath(word)
        yield from match(name) if re.search(r"[*?\[]", name) else (name,)


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
    """The text with the variables that are known; the others, and what grows without end, keep their `$`."""
    whole = _VARIABLE.sub(lambda match: variables.get(match[1], match[0]), text)
    return whole if len(whole) < _LONGEST else text
