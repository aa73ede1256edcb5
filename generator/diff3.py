"""Three-way merge of lines, as `diff3` is defined: what one side left alone follows the other side.

The lines that both sides share with the base cut the text into chunks; between two of them, a chunk was changed by one
side, by both alike, or by both differently, which is a conflict. Byte-equal to `git merge-file --diff3` but where a
text repeats itself and the two align it differently. Pure; needs no git.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

LABELS: Final = (b"<<<<<<< yours", b"||||||| generated before", b"=======", b">>>>>>> generated now")
"""The lines around a conflict: the user's lines, those of the last generation, those of this one."""
_Chunk = tuple[slice, slice, slice]


class Favour(StrEnum):
    """What becomes of a chunk in conflict."""

    MARKERS = "markers"
    YOURS = "yours"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Hunks:
    """How many changed places there are, by what became of them."""

    yours: int = 0
    """The user's, kept."""
    ours: int = 0
    """Ours, applied."""
    same: int = 0
    """Made by both alike."""
    conflicts: int = 0
    """Changed by both differently, and left between markers."""
    settled: int = 0
    """Changed by both differently, of which one side was taken."""
    deferred: int = 0
    """Ours, not applied: they wait in a proposal."""

    @property
    def unmerged(self) -> Hunks:
        """The same places where their merge is not written: yours stays, ours waits."""
        both = self.conflicts + self.settled
        return Hunks(yours=self.yours + both, same=self.same, deferred=self.ours + both + self.deferred)


NONE: Final = Hunks()


@dataclass(slots=True)
class Merged:
    """The merged lines, what became of each hunk, and the 1-based lines at which conflicts begin, settled or not."""

    lines: list[bytes] = field(default_factory=list)
    hunks: Hunks = NONE
    conflicts: tuple[int, ...] = ()

    @property
    def content(self) -> bytes:
        return b"".join(self.lines)


def merge(base: bytes, yours: bytes, ours: bytes, favour: Favour = Favour.MARKERS) -> Merged:
    """Merges two descendants of `base`."""
    b, y, o = lines_of(base), lines_of(yours), lines_of(ours)
    result = Merged()
    counts = dict.fromkeys(("yours", "ours", "same", "conflicts", "settled"), 0)
    starts: list[int] = []
    for in_base, in_yours, in_ours in _chunks(b, y, o):
        before, mine, new = b[in_base], y[in_yours], o[in_ours]
        if mine == new:
            counts["same"] += mine != before
            result.lines += mine
        elif new == before:
            counts["yours"] += 1
            result.lines += mine
        elif mine == before:
            counts["ours"] += 1
            result.lines += new
        else:
            counts["conflicts" if favour is Favour.MARKERS else "settled"] += 1
            starts.append(len(result.lines) + 1)
            result.lines += _settled(before, mine, new, favour)
    result.hunks, result.conflicts = Hunks(**counts), tuple(starts)
    return result


def lines_of(text: bytes) -> list[bytes]:
    """Lines that end with a line feed alone: a carriage return inside a line is a part of it."""
    parts = text.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + [part for part in parts[-1:] if part]


def changes(before: bytes, after: bytes) -> int:
    """How many places differ."""
    a, b = lines_of(before), lines_of(after)
    return sum(not same for same, _, _ in _aligned(a, b))


def _settled(before: Sequence[bytes], mine: Sequence[bytes], new: Sequence[bytes], favour: Favour) -> list[bytes]:
    if favour is not Favour.MARKERS:
        return list(mine if favour is Favour.YOURS else new)
    first, second, third, last = (label + b"\n" for label in LABELS)
    return [first, *_whole(mine), second, *_whole(before), third, *_whole(new), last]


def _whole(lines: Sequence[bytes]) -> list[bytes]:
    """A marker must begin a line of its own."""
    return [line if line.endswith(b"\n") else line + b"\n" for line in lines]


def _chunks(base: list[bytes], yours: list[bytes], ours: list[bytes]) -> Iterator[_Chunk]:
    """Shared chunks and those between them, in order; empty ones are left out."""
    at = (0, 0, 0)
    end = (len(base), len(yours), len(ours))
    for b, y, o, length in (*_shared(base, yours, ours), (*end, 0)):
        if (b, y, o) != at:
            yield slice(at[0], b), slice(at[1], y), slice(at[2], o)
        if length:
            yield slice(b, b + length), slice(y, y + length), slice(o, o + length)
        at = (b + length, y + length, o + length)


def _shared(base: list[bytes], yours: list[bytes], ours: list[bytes]) -> Iterator[tuple[int, int, int, int]]:
    """The runs of lines that all three share: start in each, and length."""
    mine, new = _matches(base, yours), _matches(base, ours)
    i = k = 0
    while i < len(mine) and k < len(new):
        (b1, y, n1), (b2, o, n2) = mine[i], new[k]
        start, stop = max(b1, b2), min(b1 + n1, b2 + n2)
        if start < stop:
            yield start, y + start - b1, o + start - b2, stop - start
        if b1 + n1 < b2 + n2:
            i += 1
        else:
            k += 1


def _matches(base: list[bytes], other: list[bytes]) -> list[tuple[int, int, int]]:
    """Runs of equal lines: start in the base, start in the other, length. Equal ends cost next to nothing."""
    shortest = min(len(base), len(other))
    head = next((n for n in range(shortest) if base[n] != other[n]), shortest)
    rest = shortest - head
    tail = next((n for n in range(rest) if base[-1 - n] != other[-1 - n]), rest)
    middle = SequenceMatcher(
        None, base[head : len(base) - tail], other[head : len(other) - tail], autojunk=False
    ).get_matching_blocks()
    found = [(0, 0, head), *((a + head, b + head, n) for a, b, n in middle)]
    return [one for one in (*found, (len(base) - tail, len(other) - tail, tail)) if one[2]]


def _aligned(before: list[bytes], after: list[bytes]) -> Iterator[tuple[bool, slice, slice]]:
    """Equal and changed chunks of two texts, in order."""
    at = (0, 0)
    for a, b, length in (*_matches(before, after), (len(before), len(after), 0)):
        if (a, b) != at:
            yield False, slice(at[0], a), slice(at[1], b)
        if length:
            yield True, slice(a, a + length), slice(b, b + length)
        at = (a + length, b + length)
