"""What a repository does in most places, and where it does not.

Hardening, pinning and limits are habits: nobody must have them, and whoever has one wants to hear of the place that
was forgotten. A repository without the habit hears of it once, however large it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from generator.checks.models import suppressed
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

    These are warnings: each lapse where at least as many places have the habit, else one for all of them, or for those
    that are told `alone`. What we generated has all habits, so that each lapse is told there. One that somebody
    suppressed where it stands is told by itself, so that it speaks for no other.
    """

    def made(places: _Places) -> _Check:
        @shared
        def told(sources: Sources) -> Told:
            every = list(places(sources))
            return by_file(_chosen(sources, [one for one in every if one], len(every)), fix)

        return lambda sources, path: told(sources).get(path, [])

    return made


def _chosen(sources: Sources, lapses: Sequence[Lapse], places: int) -> Sequence[Lapse]:
    """The lapses that are told, of so many places."""
    if 2 * len(lapses) <= places or is_ours(sources):
        return lapses
    alone = [one for one in lapses if one.alone]
    meant = [one for one in alone if _is_meant(sources, one)]
    return [*meant, *_once([one for one in alone if one not in meant], places)]


def _is_meant(sources: Sources, one: Lapse) -> bool:
    """Whether something is suppressed at the place."""
    return any(said.target in {0, one.line} for said in suppressed.in_file(sources, one.path))


def _once(chosen: Sequence[Lapse], places: int) -> Sequence[Lapse]:
    """One for all, at the first place."""
    if len(chosen) <= 1:
        return chosen
    first = min(chosen, key=lambda one: (one.path, one.line, one.column))
    others = f" (the same in {len(chosen)} of {places} places, said once)"
    return [replace(first, message=first.message + others)]


def by_file(lapses: Iterable[Lapse], fix: str) -> Told:
    """A warning for each lapse."""
    found: Told = {}
    for one in lapses:
        found.setdefault(one.path, []).append(at(one, one.message, one.fix or fix, severity=Severity.WARNING))
    return found
