"""What a file shows, how far it is believed, and what follows where several files speak of the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, Literal

import msgspec

_LONGEST: Final = 100
"""Characters of what something was read from: it may hold a text of the file's."""


def port(text: object) -> int:
    """The number of a port that a file names; 0 for what is none."""
    return int(str(text)) if re.fullmatch(r"[0-9]{1,5}", str(text)[:6]) else 0


class Strength(IntEnum):
    """How far a source is believed: what runs the service before what describes it, before what is usual."""

    STARTS = 90
    """How the container is started, or who asks it: a command's flag, a probe."""
    FIXED = 80
    """Written for this very thing: a version file, a lock file, a number in the code."""
    DECLARED = 70
    """A description that may be behind: EXPOSE, a port of compose, a base image."""
    DEFAULT = 60
    """What the code takes where nobody says otherwise."""
    NAMED = 50
    """A name, a manifest's field, a dependency."""
    USUAL = 30
    """What a framework does unless it is told otherwise."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that one place shows."""

    key: str
    """An answer's dotted name; of a service's, what follows `services[].`."""
    value: Any
    path: str
    line: int
    read: str
    """What it was read from, in a few words."""
    strength: int


@dataclass(slots=True)
class Unit:
    """A folder of code that may be a service."""

    path: str
    language: str
    role: Literal["service", "program", "library", "elsewhere"] = "library"
    """Whether something shows that it runs as a service, runs at all, neither, or on somebody's own device."""
    evidence: list[Evidence] = field(default_factory=list)
    dependencies: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)
    beside: str = ""
    """The place that says that it runs from the code of another service; "" for one with code of its own."""

    def shows(self, key: str, value: Any, path: str, line: int, read: str, strength: int) -> None:
        """Notes what a place shows of this unit."""
        self.evidence.append(Evidence(key, value, path, line, read, strength))

    def kind(self) -> str:
        """The kind that is shown; "" for none."""
        fact, _ = weigh(one for one in self.evidence if one.key == "kind")
        return str(fact[0].value) if fact else ""


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """What another place says."""

    value: Any
    path: str
    line: int
    read: str


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, with the place that shows it."""

    key: str
    """The dotted name, as `--set` takes it."""
    value: Any
    path: str
    line: int
    """0 where it is the whole file, or its name."""
    read: str
    others: tuple[Other, ...] = ()
    """Places that say something else and are believed less."""
    refused: str = ""
    """Why it is no default although it was found; "" where it is one."""


class Unclear(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of which equally good places say different things: it is left to the user."""

    key: str
    says: tuple[Other, ...]


def weigh(evidence: Iterable[Evidence], prefix: str = "") -> tuple[list[Fact], list[Unclear]]:
    """The facts, each by its strongest evidence, and where the strongest contradict each other."""
    by_key: dict[str, list[Evidence]] = {}
    for one in evidence:
        by_key.setdefault(one.key, []).append(one)
    facts: list[Fact] = []
    unclear: list[Unclear] = []
    for key, found in by_key.items():
        found.sort(key=lambda one: (-one.strength, one.path, one.line))
        best = found[0]
        strongest = [one for one in found if one.strength == best.strength]
        if any(one.value != best.value for one in strongest):
            unclear.append(Unclear(key=prefix + key, says=tuple(map(_other, strongest))))
            continue
        says = [one for one in found if one.strength >= Strength.NAMED and not _agree(best.value, one.value)]
        others = {repr(one.value): _other(one) for one in reversed(says)}
        facts.append(
            Fact(
                key=prefix + key, value=best.value, path=best.path, line=best.line, read=best.read[:_LONGEST],
                others=tuple(reversed(others.values())),
            )
        )  # fmt: skip
    return facts, unclear


def _agree(best: object, other: object) -> bool:
    """Whether they say the same: 3.13 and 3.13.1 do, each as far as it goes."""
    return best == other or (isinstance(best, str) and best.startswith(f"{other}."))


def _other(one: Evidence) -> Other:
    return Other(value=one.value, path=one.path, line=one.line, read=one.read[:_LONGEST])
