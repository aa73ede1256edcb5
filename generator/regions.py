"""Merges our region of a file that is the user's: not a byte outside of it changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from generator import beside, blocks, unrecorded
from generator.change import Action, Change, Write, settled
from generator.diff3 import Favour, Hunks
from generator.errors import ScaffoldError
from generator.look import executable
from generator.merge import merge
from generator.origin import Origin
from generator.record import Entry
from generator.tree import File

_There = tuple[str, bytes | None]
_YOURS: Final = Hunks(yours=1)


def merged(root: Path, path: str, origin: Origin, new: File, base: Entry, there: _There, favour: Favour) -> Change:
    """The change of a file in which a region of ours was recorded; a region that the user took out stays out."""
    try:
        text, region = _read(path, there)
    except ScaffoldError as error:
        return _unreadable(path, origin, new, base, error.message)
    if region is None:
        news = "" if base.content == new.content else "; ours is another one since"
        return Change(path, Action.ABSENT, origin, lines=(base,), reason=f"you took our region out{news}")
    before, now, wanted = (
        File(one.encode()) for one in (blocks.plain(base.content.decode()), region, blocks.plain(new.text))
    )
    result = merge(before, now, wanted, favour)
    if result.refused:
        return _unreadable(path, origin, new, base, result.refused, result.hunks)

    def whole(part: File) -> bytes:
        return blocks.insert(path, text, part.text, origin.position).encode()

    after = whole(result.file)
    writes = [Write(path, File(after, executable(root, path)), there[1])] if result.file != now else []
    if result.conflicts and favour is Favour.OURS:
        mine = whole(merge(before, now, wanted, Favour.YOURS).file)
        try:
            writes.append(beside.replaced(root, path, after, mine))
        except ScaffoldError as error:
            return _unreadable(path, origin, new, base, error.message, result.hunks.unmerged)
    starts = tuple(_above(path, after) + line for line in result.conflicts)
    lines = (unrecorded.entry(path, origin, new),)
    change = Change(path, Action.KEEP, origin, tuple(writes), lines, hunks=result.hunks)
    if starts and favour is Favour.MARKERS:
        return replace(change, action=Action.CONFLICT, conflicts=starts)
    if writes:
        change = replace(change, action=Action.REPLACE if now == before else Action.MERGE)
    return replace(change, settled=settled(starts, favour))


def _above(path: str, content: bytes) -> int:
    """How many lines of a file stand above what is in our region."""
    above, region, _ = blocks.parts(path, content.decode()) or ("", "", "")
    return f"{above}{region[: -len(region.lstrip())]}".count("\n")


def stands(path: str, there: _There) -> bool | None:
    """Whether our region stands in a file; None where that cannot be known."""
    if there[0] == "absent":
        return False
    try:
        return _read(path, there)[1] is not None
    except ScaffoldError:
        return None


def moved(old: str, there: _There, path: str, place: _There, origin: Origin) -> tuple[bytes, bytes]:
    """A file without our region, and another one with it, edits and all: it goes where its reader looks now."""
    text, region = _read(old, there)
    into = (place[1] or b"").decode("utf-8")
    return blocks.remove(old, text).encode(), unrecorded.inserted(
        path, into, origin, File((region or "").encode())
    ).content


def gone(path: str, origin: Origin, base: Entry, there: _There, root: Path) -> Change:
    """The change of a file that no longer gets a region: ours is taken out, unless it was edited."""
    try:
        text, region = _read(path, there)
    except ScaffoldError as error:
        return beside.orphaned(path, origin, base, None, error.message)
    if region is None:
        lines = (replace(base, state="released"),)
        return Change(
            path, Action.ABSENT, origin, lines=lines, reason="no longer generated, and you took our region out"
        )
    if region != blocks.plain(base.content.decode()):
        return beside.orphaned(path, origin, base, File(region.encode()), "you edited our region")
    write = without(root, path, blocks.remove(path, text).encode(), there[1])
    reason = "our region is taken out" if write.file else ""
    return Change(path, Action.DELETE, origin, (write,), hunks=Hunks(ours=1), reason=reason)


def without(root: Path, path: str, rest: bytes, there: bytes | None) -> Write:
    """The write that leaves the rest of a file which no longer has our region; one that had nothing else goes."""
    return Write(path, File(rest, executable(root, path)) if rest.strip() else None, there)


def _read(path: str, there: _There) -> tuple[str, str | None]:
    """The text around our region, and the region; raises ScaffoldError where it cannot be found."""
    state, content = there
    if content is None:
        raise ScaffoldError(state)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScaffoldError("it is not UTF-8 text") from error
    return text, blocks.find(path, text)


def _unreadable(path: str, origin: Origin, new: File, base: Entry, reason: str, hunks: Hunks = _YOURS) -> Change:
    if base.content == new.content:
        return Change(path, Action.KEEP, origin, lines=(base,), hunks=hunks, reason=reason)
    change = unrecorded.proposed(path, origin, new, reason)
    return replace(change, lines=(base, *change.lines), hunks=replace(hunks, deferred=max(hunks.deferred, 1)))
