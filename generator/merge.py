"""Merges one file three ways: what we generated last, what lies there, what we generate now. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from generator import diff3
from generator.diff3 import LABELS, Favour, Hunks
from generator.tree import File

_OURS: Final = frozenset(label for label in LABELS if len(label) > 7)
"""The lines around a conflict of ours that are nobody else's."""
_END: Final = LABELS[-1] + b"\n"
LEFT: Final = "a conflict is left in it"
_MOST_LINES: Final = 20_000
"""A file of more is not merged: the time to align lines may grow with their square."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The file as it should be, and what became of each hunk.

    Where ours could not be merged, `refused` says why, and `file` is the user's as it lies there.
    """

    file: File
    hunks: Hunks
    conflicts: tuple[int, ...] = ()
    refused: str = ""


def merge(base: File, there: File, new: File, favour: Favour = Favour.MARKERS) -> Merged:
    """Merges content and the right to execute; a file whose line ends were all turned to CRLF keeps these."""
    executable = new.executable if there.executable == base.executable else there.executable
    yours = in_our_line_ends(there.content, base.content + new.content)
    crlf = yours != there.content
    content, hunks, conflicts, refused = _content(base.content, yours, new.content, favour)
    if content == yours:
        return Merged(File(there.content, there.executable if refused else executable), hunks, conflicts, refused)
    return Merged(File(content.replace(b"\n", b"\r\n") if crlf else content, executable), hunks, conflicts, refused)


def pristine(base: bytes, there: bytes) -> bool:
    """Whether a file is as we generated it, whatever git did to its line ends."""
    return in_our_line_ends(there, base) == base


def in_our_line_ends(there: bytes, ours: bytes) -> bytes:
    """A text whose line ends were all turned to CRLF with those of ours; any other, or where ours has CR, as it is."""
    turned = there.count(b"\r\n") == there.count(b"\n") and b"\r" not in ours
    return there.replace(b"\r\n", b"\n") if turned else there


def has_markers(content: bytes) -> bool:
    """Whether a conflict is left in a text: one of git's as a whole, or any line of ours."""
    if any(label in content for label in _OURS):
        lines = {line.rstrip(b"\r") for line in content.split(b"\n")}
        if not lines.isdisjoint(_OURS):
            return True
    return b"<<<<<<< " in content and all(
        re.search(rb"^" + sign, content, re.MULTILINE) for sign in (rb"<{7} ", rb"={7}\r?$", rb">{7} ")
    )


def conflicts(content: bytes) -> tuple[int, ...]:
    """The 1-based lines at which conflicts begin, or at which what is left of one does."""
    lines: list[int] = []
    inside = False
    for found in re.finditer(rb"^(?:(<{7} )|([|]{7} generated before)|>{7} (generated now)?)", content, re.MULTILINE):
        begins, goes_on, ends = found.groups()
        if begins or (not inside and (goes_on or ends)):
            lines.append(content.count(b"\n", 0, found.start()) + 1)
        inside = bool(begins or goes_on)
    return tuple(lines)


def _content(base: bytes, yours: bytes, new: bytes, favour: Favour) -> tuple[bytes, Hunks, tuple[int, ...], str]:
    if yours == base:
        return new, Hunks(ours=places_changed(base, new)), (), ""
    if new == base:
        return yours, Hunks(yours=places_changed(base, yours)), (), ""
    if yours == new:
        return yours, Hunks(same=places_changed(base, new)), (), ""
    if refused := _refused(base, yours, new):
        return yours, Hunks(yours=places_changed(base, yours), deferred=places_changed(base, new)), (), refused
    merged = diff3.merge(base, yours, new, favour)
    content = merged.content
    if content.endswith(_END) and not yours.endswith(b"\n"):
        content = content.removesuffix(b"\n")  # so that the user's side of the conflict can be had as it was
    return content, merged.hunks, merged.conflicts, ""


def _refused(base: bytes, yours: bytes, new: bytes) -> str:
    if has_markers(yours):
        return LEFT
    if any(b"\0" in content for content in (base, yours, new)):
        return "a binary file, which you changed"
    if any(content.count(b"\n") > _MOST_LINES for content in (base, yours, new)):
        return f"more than {_MOST_LINES:,} lines, which are not merged"
    return ""


def places_changed(before: bytes, after: bytes) -> int:
    """How many places differ; a file that is no text, or too long to be compared, counts as one."""
    if before == after:
        return 0
    if any(b"\0" in one or one.count(b"\n") > _MOST_LINES for one in (before, after)):
        return 1
    return diff3.changes(before, after)
