"""What a repository does in most places, and where it does not.

Hardening, pinning and limits are habits: nobody must have them, and whoever has one wants to hear of the place that
was forgotten. A repository without the habit hears of it once, however large it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from generator.checks.models import suppressed
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Placed, at
from generator.checks.source import Sources
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


def lapse(path: str, place: Placed, message: str, fix: str = "") -> Lapse:
    """A lapse at the place of something."""
    return Lapse(path, place.line, message, place.column, fix)


def told(
    sources: Sources, lapses: Sequence[Lapse], kept: int, fix: str, *, anywhere: Sequence[Lapse] | None = None
) -> Told:
    """The warnings: each lapse where at least as many places (`kept`) have the habit, else one for all of them.

    Where there is no habit, only those of `anywhere` count, if given: what matters to whoever has it not. What we
    generated has all habits, so that each lapse is told there. One that somebody suppressed where it stands is told by
    itself, so that it speaks for no other.
    """
    if len(lapses) <= kept or is_ours(sources):
        return by_file(lapses, fix)
    chosen = lapses if anywhere is None else anywhere
    meant = [one for one in chosen if _is_meant(sources, one)]
    others = _once([one for one in chosen if one not in meant], len(lapses) + kept)
    return by_file([*meant, *others], fix)


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
