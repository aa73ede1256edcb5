"""What a generation does to one path of a folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from generator import places
from generator.diff3 import NONE, Favour, Hunks
from generator.origin import Origin
from generator.record import Entry
from generator.tree import File


class Action(StrEnum):
    """What happens to a path."""

    CREATE = "create"
    """Nothing was there."""
    ADOPT = "adopt"
    """The very same file was there."""
    BLOCK = "block"
    """Our region goes into the user's file."""
    KEEP = "keep"
    """It stays as it is: it is the user's, or nothing is new for it."""
    REPLACE = "replace"
    """It was as we had generated it, and gets what is generated now."""
    MERGE = "merge"
    """The user's edits stay, and ours go in beside them."""
    CONFLICT = "conflict"
    """Both changed the same lines: they stand between markers."""
    PROPOSE = "propose"
    """The user's stays, ours lies under `.agency/scaffold/proposed/`."""
    DELETE = "delete"
    """It is no longer generated, and was as we had made it."""
    ORPHAN = "orphan"
    """It is no longer generated, and holds edits: it stays."""
    ABSENT = "absent"
    """The user deleted it, and it stays deleted."""
    RELEASE = "release"
    """It is no longer generated, and the user's from now on."""


YOURS: Final = frozenset({Action.PROPOSE, Action.DELETE, Action.ORPHAN, Action.ABSENT, Action.RELEASE})
"""Actions after which what lies at the path is not ours."""


@dataclass(frozen=True, slots=True)
class Write:
    """One file to be written, or removed where `file` is None.

    `before` is what must still be there (None = nothing). What is replaced or moves keeps its mode, but for the right
    to execute it, and its owner.
    """

    path: str
    file: File | None
    before: bytes | None
    like: str = ""
    """The file that moves here, whose mode and owner are kept."""


@dataclass(frozen=True, slots=True)
class Settled:
    """One place that both sides changed, of which one side was taken."""

    line: int
    """Where it begins in the file as it is then."""
    kept: Literal["yours", "ours"]


def settled(lines: Iterable[int], favour: Favour) -> tuple[Settled, ...]:
    """The places in conflict that begin at `lines`, of which the favoured side was taken."""
    return tuple(Settled(line, "yours" if favour is Favour.YOURS else "ours") for line in lines)


@dataclass(frozen=True, slots=True)
class Change:
    """One path: what becomes of it and why, what is written for it, and what the record holds of it afterwards."""

    path: str
    action: Action
    origin: Origin
    writes: tuple[Write, ...] = ()
    lines: tuple[Entry, ...] = ()
    reason: str = ""
    hunks: Hunks = NONE
    conflicts: tuple[int, ...] = ()
    """The 1-based lines at which a conflict begins."""
    settled: tuple[Settled, ...] = ()
    moved_from: str = ""
    """Where it lay before."""

    @property
    def proposal(self) -> str:
        """Where ours lies, for a proposal."""
        return f"{places.PROPOSED}/{self.path}" if self.action is Action.PROPOSE else ""

    @property
    def judged(self) -> bool:
        """Whether what lies at the path afterwards came from us, edited or not, and must work with the rest."""
        if self.action in {Action.PROPOSE, Action.ORPHAN}:
            return any(line.state != "proposed" for line in self.lines)
        return self.action not in YOURS
