"""Scripts of the repository are given options that they know

A workflow, make target, script or page that gives a script an option which it lacks is told of its usage, and nothing
is released or undone. So it is with the words that are no options, where the script takes one of several, or so many of
them. Judged are scripts that read them in a `case` and refuse what they do not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Final

from generator.checks.formats import shell
from generator.checks.models import scripts
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean, one_of
from generator.checks.source import Sources, text
from generator.spelling import NO_GUESS, Guess

FORMAT = Format.SHELL

_OPTION: Final = re.compile(r"(--[A-Za-z][\w-]*)(?:=.*)?")
_WORD: Final = re.compile(r"[a-z][\w-]*")
_EXPANDED: Final = re.compile(r"\"?\$\{\w+:?\+(--[A-Za-z][\w-]*)")
"""What a word has in itself that is there only where a variable is set."""
_ONE: Final = re.compile(r"[\w./:=-]+|\"[^\"@*]*\"|'[^']*'")
"""A word that is one, whatever its variables hold."""
_END: Final = re.compile(r"[ \t]*(?:$|[|;&)`])", re.MULTILINE)


def files(sources: Sources) -> Iterator[str]:
    return (path for path in dict.fromkeys(scripts.callers(sources)) if scripts.calls(sources, path) or _own(path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for call in scripts.calls(sources, path):
        known = scripts.arguments(sources, call.script) if call.words else None
        first = scripts.commands(sources, call.script) if call.words else frozenset()
        words = {0: first} if first else known.words if known else {}
        fewer = _fewer(text(sources, path), call, known)
        for offset, message, fix, near in (*_wrong(call, known), *_unknown(call, words), *fewer):
            yield at(Point.of(text(sources, path), offset), message, fix, near)
    if _own(path):
        yield from _never_reached(sources, path)


def _own(path: str) -> bool:
    return path.endswith((".sh", ".bash"))


def _wrong(call: scripts.Call, known: scripts.Arguments | None) -> Iterator[tuple[int, str, str, Guess]]:
    for offset, word in call.words if known else ():
        inner = _EXPANDED.match(word)
        match = _OPTION.fullmatch(inner[1] if inner else word.strip("\"'"))
        if word == "--":
            break
        if match and known and match[1] not in known.options:
            message, near = f"{call.script} knows no option {match[1]}", did_you_mean(match[1], known.options)
            yield offset, message, one_of(known.options, "Take it out."), near


def _plain(call: scripts.Call) -> list[tuple[int, str]]:
    """The words of a call that are no options."""
    before = list(takewhile(lambda one: one[1] != "--", call.words))
    return [(offset, word) for offset, word in before if not word.startswith("-")]


def _unknown(call: scripts.Call, words: Mapping[int, frozenset[str]]) -> Iterator[tuple[int, str, str, Guess]]:
    """A word that the script refuses at its place."""
    for place, (offset, word) in enumerate(_plain(call)):
        valid = words.get(place, frozenset())
        if valid and _WORD.fullmatch(word) and word not in valid:
            yield offset, f"{call.script} knows no {word}", one_of(valid), did_you_mean(word, valid)
        if not _ONE.fullmatch(word):
            return


def _fewer(content: str, call: scripts.Call, known: scripts.Arguments | None) -> Iterator[tuple[int, str, str, Guess]]:
    """A command with another number of words than the script takes; each must be one word, and the last the last."""
    words = _plain(call)
    if not call.runs or not known or known.count is None or not words or len(words) == known.count:
        return
    end = call.words[-1][0] + len(call.words[-1][1])
    if all(_ONE.fullmatch(word) for _, word in call.words) and _END.match(content, end):
        message = f"{call.script} takes {known.count} words, and gets {len(words)}"
        yield words[-1][0], message, f"Write the {known.count} words that {call.script} --help names.", NO_GUESS


def _never_reached(sources: Sources, path: str) -> Iterator[Flaw]:
    """Where options are looked at twice, one that the first look refuses never comes to the second."""
    script = shell.script(sources, path)
    for first, second in zip(script.grammar.cases, script.grammar.cases[1:], strict=False):
        together = first.function == second.function != "" and first.within == second.within
        for offset, name in scripts.refused(first, second) if together else ():
            message = f"{name} never comes here: it is refused as unknown before"
            yield at(script.place(offset), message, f"Let the `case` before this one take {name}, too.")
