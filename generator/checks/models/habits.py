"""What a repository does in most places, and where it does not.

Hardening, pinning and limits are habits: nobody must have them, and whoever has one wants to hear of the place that
was forgotten. A repository without the habit hears of it once, however large it is. What we generate has all habits,
and promises to keep them: there, each is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Placed, at
from generator.checks.source import Sources, shared
from generator.finding import Severity

Told = dict[str, list[Flaw]]
"""What is told of each file."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """A place that does without a habit; one message for all that is missing in an object or a file."""

    path: str
    line: int
    message: str
    column: int = 0
    fix: str = ""
    """What to do here, where that is not the same in all places."""
    alone: bool = True
    """Whether it matters where nobody has the habit."""


def lapse(path: str, place: Placed, message: str, fix: str = "", *, alone: bool = True) -> Lapse:
    """A lapse at the place of something."""
    return Lapse(path, place.line, message, place.column, fix, alone)


_Places = Callable[[Sources], Iterator[Lapse | None]]
"""The places that a habit is about, in a tree: a lapse, or None for one that has the habit."""
_Check = Callable[[Sources, str], list[Flaw]]
"""What is told of a file."""


def habit_rule(fix: str = "") -> Callable[[_Places], _Check]:
    """Makes of the places that a habit is about, with None for each that has it, what is told of a file.

    Each lapse is told where at least as many places have the habit, else one for all of them, or for those that matter
    `alone`. What we generated has all habits, so that each lapse is told there. Which one speaks for all is known once
    it is known what is suppressed: each has the number of places and the name of the habit until then.
    """

    def made(places: _Places) -> _Check:
        @shared
        def told(sources: Sources) -> Told:
            every = list(places(sources))
            lapses = [one for one in every if one]
            if 2 * len(lapses) <= len(every) or is_ours(sources):
                return by_file(lapses, fix)
            return by_file((one for one in lapses if one.alone), fix, len(every), places.__name__)

        return lambda sources, path: told(sources).get(path, [])

    return made


def by_file(lapses: Iterable[Lapse], fix: str, places: int = 0, alike: str = "") -> Told:
    """A flaw for each lapse; those that are told once for all have the number of places, and the name of the habit."""
    found: Told = {}
    for one in lapses:
        flaw = habit(at(one, one.message, one.fix or fix))
        found.setdefault(one.path, []).append(replace(flaw, places=places, alike=alike))
    return found


def gathered(found: Iterable[tuple[str, Flaw]]) -> Told:
    """What is told of each file, once each."""
    told: Told = {}
    for path, flaw in dict.fromkeys(found):
        told.setdefault(path, []).append(flaw)
    return told


def habit(flaw: Flaw) -> Flaw:
    """A risk that may be meant: a warning, but for a repository of ours, which promises not to have it."""
    return replace(flaw, severity=Severity.WARNING, promised=True)
