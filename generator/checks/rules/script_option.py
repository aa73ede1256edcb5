"""Scripts of the repository are given options that they know

A workflow, make target, script or page that gives a script an option which it lacks is told of its usage, and nothing
is released or undone. So it is with the first word, where the script takes one of several. Judged are scripts that read
them in a `case` and refuse what they do not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import shell
from generator.checks.models import scripts
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean, one_of
from generator.checks.source import Sources, text
from generator.spelling import Guess

FORMAT = Format.SHELL

_OPTION: Final = re.compile(r"(--[A-Za-z][\w-]*)(?:=.*)?")
_WORD: Final = re.compile(r"[a-z][\w-]*")


def files(sources: Sources) -> Iterator[str]:
    return (path for path in dict.fromkeys(scripts.callers(sources)) if scripts.calls(sources, path) or _own(path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for call in scripts.calls(sources, path):
        known = scripts.arguments(sources, call.script) if call.words else None
        first = known.first if known else scripts.commands(sources, call.script) if call.words else frozenset()
        for offset, message, fix, near in (*_wrong(call, known), *_unknown(call, first)):
            yield at(Point.of(text(sources, path), offset), message, fix, near)
    if _own(path):
        yield from _never_reached(sources, path)


def _own(path: str) -> bool:
    return path.endswith((".sh", ".bash"))


def _wrong(call: scripts.Call, known: scripts.Arguments | None) -> Iterator[tuple[int, str, str, Guess]]:
    for offset, word in call.words if known else ():
        match = _OPTION.fullmatch(word.strip("\"'"))
        if word == "--":
            break
        if match and known and match[1] not in known.options:
            message, near = f"{call.script} knows no option {match[1]}", did_you_mean(match[1], known.options)
            yield offset, message, one_of(known.options, "Take it out."), near


def _unknown(call: scripts.Call, first: frozenset[str]) -> Iterator[tuple[int, str, str, Guess]]:
    """A first word that the script refuses."""
    offset, word = call.words[0] if first else (0, "")
    if _WORD.fullmatch(word) and word not in first:
        yield offset, f"{call.script} knows no {word}", one_of(first), did_you_mean(word, first)


def _never_reached(sources: Sources, path: str) -> Iterator[Flaw]:
    """Where options are looked at twice, one that the first look refuses never comes to the second."""
    script = shell.script(sources, path)
    for first, second in zip(script.grammar.cases, script.grammar.cases[1:], strict=False):
        together = first.function == second.function != "" and first.within == second.within
        for offset, name in scripts.refused(first, second) if together else ():
            message = f"{name} never comes here: it is refused as unknown before"
            yield at(script.place(offset), message, f"Let the `case` before this one take {name}, too.")
