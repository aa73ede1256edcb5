"""Settles, on record, what waits for a person at one path: a proposal, an orphan, a deletion, a conflict."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from generator import apply, beside, blocks, places, record, regions
from generator.change import Write
from generator.diff3 import LABELS, lines_of
from generator.errors import ScaffoldError
from generator.look import executable, look
from generator.merge import conflicts, has_markers
from generator.record import Entry, Record
from generator.spelling import Guess, closest_path
from generator.status import conflicts_in, ours_of
from generator.tree import File


class How(StrEnum):
    """What is decided."""

    MINE = "mine"
    """What lies there stays."""
    NEW = "new"
    """Ours is taken."""
    DONE = "done"
    """What lies there is the settled state: what is wanted of ours is in it."""


@dataclass(frozen=True)
class _Settled:
    """What is written, what the record holds of the path afterwards, and what to tell."""

    told: str
    lines: tuple[Entry, ...] = ()
    writes: tuple[Write, ...] = ()
    clears: bool = True
    """What lies beside the path goes."""


_COMES_BACK: Final = _Settled("our region comes with the next agency-scaffold update, at its place")
"""Where a region goes, and what stands above it, its template alone knows: it is made as if for the first time."""


@dataclass(frozen=True)
class _Case:
    """A path with all that is known of it."""

    root: Path
    path: str
    entry: Entry | None
    proposal: Entry | None
    state: str
    there: bytes | None

    def write(self, content: bytes | None, *, exec_: bool | None = None) -> Write:
        """A write at the path; None removes it."""
        right = executable(self.root, self.path) if exec_ is None else exec_
        return Write(self.path, None if content is None else File(content, right), self.there)


def resolve(root: Path, found: Record, lock: bytes, path: str, how: How) -> str:
    """Settles a path and tells what was done; the caller holds the folder, and has read its record (`lock` its text).

    Raises ScaffoldError where nothing waits there, or it cannot be settled so.
    """
    case = _Case(root, path, found.entries.get(path), found.proposals.get(path), *look(root, path))
    settled = _decide(case, how, found)
    writes = [*settled.writes, *(_cleared(case) if settled.clears else ())]
    writes.append(Write(places.LOCK, File(_lock(found, path, settled.lines, lock)), lock))
    if late := apply.apply(root, writes).late:
        raise ScaffoldError(f"{', '.join(late)} changed meanwhile", hint="See agency-scaffold status.")
    return f"{path}: {settled.told}"


def _lock(found: Record, path: str, lines: Iterable[Entry], before: bytes) -> bytes:
    others = [entry for entry in (*found.entries.values(), *found.proposals.values()) if entry.path != path]
    whole = record.dump("", [*others, *lines], before.decode("utf-8", "replace"), found.version)
    return whole.encode()


def _decide(case: _Case, how: How, found: Record) -> _Settled:
    if case.there is not None and case.entry and conflicts_in(case.entry, case.there):
        return _conflict(case, case.entry, case.there, how)
    if case.proposal:
        return _proposal(case, case.proposal, how, found)
    if case.entry is None:
        near = Guess(closest_path(case.path, [*found.entries, *found.proposals]))
        raise ScaffoldError(
            f"{case.path} is none of ours{near}",
            hint="agency-scaffold status lists what waits for you.",
        )
    if case.entry.state == "released" or (case.entry.state == "orphaned" and case.state == "absent"):
        return _gone(case, case.entry, how)
    decisions: dict[str, Callable[[_Case, Entry, How], _Settled]] = {"orphaned": _orphan, "declined": _declined}
    if case.entry.state in decisions:
        return decisions[case.entry.state](case, case.entry, how)
    if case.state == "absent" or _region_is_gone(case, case.entry):
        return _deletion(case, case.entry, how)
    raise ScaffoldError(
        f"nothing waits at {case.path}: it was settled, or never was in question",
        hint=f"agency-scaffold diff {case.path} shows your edits of it.",
    )


def _proposal(case: _Case, proposal: Entry, how: How, found: Record) -> _Settled:
    taken = replace(proposal, state="")
    if how is How.MINE:
        if case.entry is None or not _continues(case.entry, proposal):
            told = "yours stays and is yours altogether, ours is declined"
            return _Settled(told, (replace(proposal, state="declined"),))
        return _Settled("yours stays as it is, and later changes are merged into it", (taken,))
    if how is How.DONE:
        if case.there is None:
            raise ScaffoldError(f"{case.path}: {_why(case)}", hint="Use --mine or --new.")
        return _Settled("settled by you, and later changes are merged into it", (taken,))
    _refuse_stale(case.root, found)
    if proposal.kind == "block":
        return _region(case, taken)
    path = beside.proposal_path(case.path)
    edited = look(case.root, path)[1]  # who prepared it there wants it as it is there
    content = proposal.content if edited is None else edited
    if has_markers(content):
        raise ScaffoldError(f"{path}:{conflicts(content)[0]}: a conflict is left", hint="Settle it there first.")
    write = _written(case, replace(taken, content=content))
    gone = () if edited is None else (Write(path, None, edited),)
    told, listed = _listed(case, "ours was taken", content, case.there)
    return _Settled(told, (taken,), (write, *gone, *listed), clears=False)


def _region(case: _Case, taken: Entry) -> _Settled:
    """Ours in the place of the region that stands in a file; where none does, the next update knows its place."""
    stands = regions.stands(case.path, (case.state, case.there))
    if stands is None:
        raise ScaffoldError(
            f"{case.path}: our region cannot go into it as it is",
            hint="agency-scaffold status says why: mend it first.",
        )
    if not stands:
        return _COMES_BACK
    content = blocks.insert(case.path, _text(case), taken.content.decode()).encode()
    told, listed = _listed(case, "ours was taken in our region", content, case.there)
    return _Settled(told, (taken,), (case.write(content), *listed))


def _listed(case: _Case, told: str, ours: bytes, mine: bytes | None) -> tuple[str, tuple[Write, ...]]:
    """What is told, and the write that lists the user's lines which ours replaces; none where there are none."""
    if mine is None or mine == ours or b"\0" in mine + ours:
        return told, ()
    write = beside.replaced(case.root, case.path, ours, mine)
    return f"{told}; your lines are listed in {write.path}", (write,)


def _continues(entry: Entry, proposal: Entry) -> bool:
    """Whether what lies there came from the template of the proposal: what did not can never be merged with it."""
    return entry.template == proposal.template and (entry.kind == "block") == (proposal.kind == "block")


def _refuse_stale(root: Path, found: Record) -> None:
    """Raises ScaffoldError where the answers have changed since: what was proposed is no longer what they make."""
    known = found.entries.get(places.ANSWERS_FILE)
    if known and look(root, places.ANSWERS_FILE)[1] != known.content:
        raise ScaffoldError(
            f"{places.ANSWERS_FILE} has changed since this was proposed", hint="Run agency-scaffold update first."
        )


def _written(case: _Case, entry: Entry) -> Write:
    """The write that takes an entry as a whole file."""
    if case.there is None and case.state != "absent":
        raise ScaffoldError(f"{case.path}: {case.state}", hint="Move it away first; we never write through a link.")
    return case.write(entry.content, exec_=entry.executable)


def _text(case: _Case) -> str:
    try:
        return (case.there or b"").decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScaffoldError(f"{case.path} is not UTF-8 text", hint="Save it as UTF-8, then run this again.") from error


def _orphan(case: _Case, entry: Entry, how: How) -> _Settled:
    if how is not How.NEW:
        return _Settled("it is yours from now on", writes=_unmarked(case, entry))
    if case.there is None and case.state != "absent":
        raise ScaffoldError(f"{case.path}: {case.state}", hint="Remove it yourself, then settle it with --done.")
    if case.there is None:
        return _Settled("deleted")
    if entry.kind != "block":
        return _Settled("deleted", (), (case.write(None),))
    rest = blocks.remove(case.path, _text(case)).encode()
    return _Settled("our region was taken out of it", (), (case.write(rest if rest.strip() else None),))


def _unmarked(case: _Case, entry: Entry) -> tuple[Write, ...]:
    """The write that takes the markers off a region that is the user's: what stands between them is regenerated."""
    if entry.kind != "block" or case.there is None:
        return ()
    try:
        return (case.write(blocks.unmark(case.path, _text(case)).encode()),)
    except ScaffoldError:  # broken markers: nothing is ever regenerated between them
        return ()


def _declined(case: _Case, entry: Entry, how: How) -> _Settled:
    if how is not How.NEW:
        raise ScaffoldError(f"{case.path} is yours already", hint="--new takes ours after all.")
    taken = replace(entry, state="")
    if case.state == "absent" or _region_is_gone(case, entry):
        return _deletion(case, taken, how)
    if entry.kind == "block" and regions.stands(case.path, (case.state, case.there)):
        return _Settled("our region is there, and later changes are merged into it", (taken,))
    path = beside.proposal_path(case.path)
    proposed = (replace(entry, state="proposed"),)
    state, there = look(case.root, path)
    if there is not None:
        return _Settled(f"ours is proposed again, as you edited it: {path}", proposed)
    if state != "absent":
        raise ScaffoldError(f"{path}: {state}", hint="Move it away: ours is to lie there.")
    shown = File(blocks.wrap(case.path, entry.content.decode()).encode() if entry.kind == "block" else entry.content)
    write = Write(path, replace(shown, executable=entry.executable), None)
    return _Settled(f"ours is proposed again: {path}", proposed, (write,))


def _deletion(case: _Case, entry: Entry, how: How) -> _Settled:
    if how is not How.NEW:
        return _Settled("stays deleted, on record", (replace(entry, state="declined"),))
    if entry.kind == "block":
        return _COMES_BACK
    told = "is back as it was generated; agency-scaffold update brings it up to date"
    return _Settled(told, (entry,), (_written(case, entry),))


def _gone(case: _Case, entry: Entry, how: How) -> _Settled:
    if how is How.NEW:
        raise ScaffoldError(
            f"{case.path} is no longer generated, so there is nothing to bring back",
            hint="git has the file as it was." if case.state == "absent" else "It is yours.",
        )
    if entry.state == "released":
        raise ScaffoldError(f"{case.path} is yours already", hint="It is no longer generated, and nothing waits there.")
    return _Settled("stays deleted, on record", (replace(entry, state="released"),))


def _region_is_gone(case: _Case, entry: Entry) -> bool:
    return entry.kind == "block" and regions.stands(case.path, (case.state, case.there)) is False


def _conflict(case: _Case, entry: Entry, there: bytes, how: How) -> _Settled:
    line = conflicts_in(entry, there)[0]
    lines = (entry, *([case.proposal] if case.proposal else []))
    if how is How.DONE:
        raise ScaffoldError(
            f"{case.path}:{line}: a conflict is left", hint="Settle it in the file, or use --mine or --new."
        )
    above, ours, below = ours_of(entry, there)
    sides = [_side(ours, keep) for keep in (0, 1)]
    if None in sides:
        raise ScaffoldError(
            f"{case.path}:{line}: this conflict is not one of ours", hint="Settle it in the file, then commit it."
        )
    mine, new = (above + (side or b"") + below for side in sides)
    newer = "; what is newer of ours waits still: run agency-scaffold update" if case.proposal else ""
    if how is How.MINE:
        return _Settled(f"yours was taken in each conflict{newer}", lines, (case.write(mine),), clears=False)
    told, listed = _listed(case, "ours was taken in each conflict", new, mine)
    return _Settled(f"{told}{newer}", lines, (case.write(new), *listed), clears=False)


_BEGIN, _BASE, _MIDDLE, _END = LABELS


_STEPS: Final[dict[tuple[bytes, int | None], int | None]] = {
    (_BEGIN, None): 0,
    (_BASE, 0): -1,
    (_MIDDLE, -1): 1,
    (_END, 1): None,
}
"""Marker and the part before it -> the part after it: the user's lines (0), the base (-1), ours (1)."""


def _side(content: bytes, keep: int) -> bytes | None:
    """A text with one side of each of our conflicts: 0 = the user's, 1 = ours; None where a marker is not ours.

    A marker at the end without a line feed says that the last line of the user's has none; what is ours has one.
    """
    kept: list[bytes] = []
    part: int | None = None
    for line in lines_of(content):
        mark = line.rstrip(b"\r\n")
        if (mark, part) in _STEPS:
            part = _STEPS[mark, part]
        elif part in {None, keep}:
            kept.append(line)
    result = b"".join(kept)
    if keep == 0 and content.endswith(_END):
        result = result.removesuffix(b"\r\n" if _BEGIN + b"\r\n" in content else b"\n")
    return None if part is not None or has_markers(result) else result


def _why(case: _Case) -> str:
    return "it is missing" if case.state == "absent" else case.state


def _cleared(case: _Case) -> list[Write]:
    """The removals of what lies beside the path as we wrote it; what was edited there stays."""
    found = []
    orphaned = case.entry is not None and case.entry.state == "orphaned"
    for path in (beside.proposal_path(case.path),) * bool(case.proposal) + (beside.patch_path(case.path),) * orphaned:
        there = look(case.root, path)[1]
        if there is not None and beside.is_ours(path, there, case.proposal):
            found.append(Write(path, None, there))
    return found
