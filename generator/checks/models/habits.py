"""What a repository does in most places, and where it does not.

Hardening, pinning and limits are habits: nobody must have them, and whoever has one wants to hear of the place that
was forgotten. A repository without the habit hears of it once, however large it is. What we generate has all habits,
and promises to keep them: there, each is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Placed
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


def lapse(path: str, place: Placed, message: str) -> Lapse:
    """A lapse at the place of something."""
    return Lapse(path, place.line, message, place.column)


def told(
    sources: Sources, lapses: Sequence[Lapse], kept: int, fix: str, *, anywhere: Sequence[Lapse] | None = None
) -> Told:
    """The flaws: each lapse where at least as many places (`kept`) have the habit, else one for all of them.

    Where there is no habit, only those of `anywhere` count, if given: what matters to whoever has it not. What we
    generated has all habits, so that each lapse is told there. Which one speaks for all is known once it is known
    what is suppressed: each has the number of places until then.
    """
    if len(lapses) <= kept or is_ours(sources):
        return by_file(lapses, fix)
    return by_file(lapses if anywhere is None else anywhere, fix, len(lapses) + kept)


def by_file(lapses: Iterable[Lapse], fix: str, places: int = 0) -> Told:
    """A flaw for each lapse; those that are told once for all have the number of places."""
    found: Told = {}
    for one in lapses:
        flaw = replace(warning(one.line, one.message, fix, one.column), places=places)
        found.setdefault(one.path, []).append(flaw)
    return found


def gathered(found: Iterable[tuple[str, Flaw]]) -> Told:
    """What is told of each file, once each."""
    told: Told = {}
    for path, flaw in dict.fromkeys(found):
        told.setdefault(path, []).append(flaw)
    return told


def warning(line: int, message: str, fix: str = "", column: int = 0) -> Flaw:
    """A risk that may be meant: a warning, but for a repository of ours, which promises not to have it."""
    return habit(Flaw(line, message, fix, column))


def warn(place: Placed, message: str, fix: str = "") -> Flaw:
    """The same at the place of something."""
    return warning(place.line, message, fix, place.column)


def habit(flaw: Flaw) -> Flaw:
    """The flaw as one that is an error in a repository of ours alone."""
    return replace(flaw, severity=Severity.WARNING, promised=True)
