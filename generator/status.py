"""How what lies in a folder stands to what was generated there. Looks only; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from generator import beside, blocks
from generator.errors import ScaffoldError
from generator.look import executable, look_at_all
from generator.merge import conflicts, has_markers, in_our_line_ends, places_changed, pristine
from generator.record import Entry, Record


class State(StrEnum):
    """How a path stands."""

    PRISTINE = "pristine"
    """As we generated it."""
    REFINED = "refined"
    """With edits of the user's."""
    YOURS = "yours"
    """The user's altogether: made once, or ours declined."""
    MISSING = "missing"
    """Deleted by the user; it stays deleted."""
    CONFLICT = "conflict"
    """A conflict is left in it."""
    PROPOSED = "proposed"
    """Ours waits beside it."""
    ORPHANED = "orphaned"
    """It is no longer generated, and holds edits."""

    @property
    def waits(self) -> bool:
        """Whether somebody must decide."""
        return self in {State.CONFLICT, State.PROPOSED, State.ORPHANED}


@dataclass(frozen=True, slots=True)
class Standing:
    """One path, how it stands, and why."""

    path: str
    component: str
    state: State
    reason: str = ""
    conflicts: tuple[int, ...] = ()
    """The 1-based lines at which conflicts begin."""
    beside: str = ""
    """What lies beside it: a proposal, or a patch with the edits."""
    edits: int = 0
    """How many places of it differ from what was generated."""


def survey(root: Path, record: Record) -> tuple[Standing, ...]:
    """How each path of the record stands, in their order."""
    paths = sorted(record.entries.keys() | record.proposals.keys())
    states = look_at_all(root, paths)
    return tuple(_standing(root, path, record, *states[path]) for path in paths)


def _standing(root: Path, path: str, record: Record, state: str, there: bytes | None) -> Standing:
    entry, proposal = record.entries.get(path), record.proposals.get(path)
    component = (entry or proposal or _NEVER).component
    if there is not None and entry is not None and (lines := conflicts_in(entry, there)):
        reason = left_in(lines) + ("; what is newer of ours waits beside it" if proposal else "")
        return Standing(path, component, State.CONFLICT, reason, lines, beside.proposal_path(path) if proposal else "")
    if proposal or entry is None:
        reason = "yours is there" if state == "" else "what was there is gone" if state == "absent" else state
        if entry and proposal and entry.component != proposal.component:
            reason += f", and {of_before(entry, proposal.component, there)}"
        return Standing(path, component, State.PROPOSED, reason, beside=beside.proposal_path(path))
    now, reason = _as_generated(root, entry, state, there)
    edits = edited_places(entry, there) if now in {State.REFINED, State.ORPHANED} and there is not None else 0
    patch = beside.patch_path(path) if now is State.ORPHANED else ""
    return Standing(path, component, now, reason, beside=patch, edits=edits)


def of_before(entry: Entry, now: str, there: object) -> str:
    """Says who made a path before, and what it means that it is `there` still: the files around it are for another."""
    said = f"it was made by {entry.component} before"
    if there is None or entry.component == now:
        return said
    rest = f"the files around it are made for that of {now}: put your edits into ours, then take it with --new"
    return f"{said}. It is still what is used, while {rest}"


def left_in(lines: Sequence[int]) -> str:
    """Says at which lines conflicts are left."""
    if len(lines) == 1:
        return f"a conflict is left at line {lines[0]}"
    return f"{len(lines)} conflicts are left, at lines {', '.join(map(str, lines))}"


def conflicts_in(entry: Entry, there: bytes) -> tuple[int, ...]:
    """The lines at which conflicts are left in a file of which something is ours.

    What the user wrote in a file of his own may well look like one.
    """
    if entry.kind == "once" or entry.state in {"declined", "released"} or not has_markers(there):
        return ()
    above, ours, _ = ours_of(entry, there)
    return tuple(above.count(b"\n") + line for line in conflicts(ours)) if has_markers(ours) else ()


def ours_of(entry: Entry, there: bytes) -> tuple[bytes, bytes, bytes]:
    """A file up to what is ours in it, that, and the rest: all of it is ours, but of one with a region the region."""
    if entry.kind != "block":
        return b"", there, b""
    try:
        above, region, below = blocks.parts(entry.path, there.decode("utf-8")) or ("", "", "")
    except (UnicodeDecodeError, ScaffoldError):
        return b"", b"", b""
    return above.encode(), region.encode(), below.encode()


def edited_places(entry: Entry, there: bytes) -> int:
    """How many places of a file differ from what was generated."""
    before, after = entry.content, there
    if entry.kind == "block":
        before, after = blocks.plain(entry.content.decode("utf-8", "replace")).encode(), _region_of(entry.path, there)
    return places_changed(before, in_our_line_ends(after, before))


_NEVER = Entry("", "file", "", b"")


def _as_generated(root: Path, entry: Entry, state: str, there: bytes | None) -> tuple[State, str]:
    if entry.state in {"declined", "released"} or (entry.state == "orphaned" and state == "absent"):
        return State.YOURS, _refused(entry, state)
    if state == "absent":
        return State.MISSING, "deleted"
    if entry.kind == "once":
        return State.YOURS, "made once"
    if entry.state == "orphaned":
        return State.ORPHANED, "no longer generated"
    if there is None:
        return State.REFINED, state
    return _region(entry, there) if entry.kind == "block" else _whole(root, entry, there)


def _refused(entry: Entry, state: str) -> str:
    """Why a path is the user's."""
    if entry.state == "declined":
        return "ours was declined"
    return f"no longer generated{', and you deleted it' if state == 'absent' else ''}"


def _whole(root: Path, entry: Entry, there: bytes) -> tuple[State, str]:
    if not pristine(entry.content, there):
        return State.REFINED, ""
    if executable(root, entry.path) != entry.executable:
        return State.REFINED, mode_edited(not entry.executable)
    return State.PRISTINE, ""


def mode_edited(executable_: bool) -> str:
    """What a person did to a file's mode, of which nothing shows in its text."""
    return f"you made it {'' if executable_ else 'not '}executable"


def _region(entry: Entry, there: bytes) -> tuple[State, str]:
    try:
        region = blocks.find(entry.path, there.decode("utf-8"))
    except UnicodeDecodeError:
        return State.REFINED, "it is not UTF-8 text"
    except ScaffoldError as error:
        return State.REFINED, error.message
    if region is None:
        return State.MISSING, "our region was taken out"
    same = region == blocks.plain(entry.content.decode("utf-8", "replace"))
    return (State.PRISTINE if same else State.REFINED), ""


@dataclass(frozen=True, slots=True)
class Edited:
    """One path that is not as it was generated."""

    path: str
    before: bytes
    after: bytes | None
    """As it lies there; None where it is gone."""
    modes: tuple[bool, bool] = (False, False)
    """Whether it could be executed as generated, and can be as it lies there."""


def edits(root: Path, record: Record) -> Iterator[Edited]:
    """Each path whose content or mode is another one than was generated."""
    states = look_at_all(root, record.entries)
    for path, entry in sorted(record.entries.items()):
        state, there = states[path]
        if entry.state in {"declined", "released"} or (entry.kind == "once" and entry.template.startswith("answers:")):
            continue
        if there is None:
            if state == "absent":
                yield Edited(path, entry.content, None)
            continue
        before, after = entry.content, there
        if entry.kind == "block":
            before, after = blocks.plain(entry.content.decode()).encode(), _region_of(path, there)
        modes = (False, False)
        if entry.kind in {"file", "exec"}:  # of others the mode is the user's
            modes = (entry.executable, executable(root, path))
        same = pristine(before, after)
        if not same or modes[0] != modes[1]:
            yield Edited(path, before, before if same else after, modes)


def _region_of(path: str, there: bytes) -> bytes:
    try:
        return (blocks.find(path, there.decode("utf-8")) or "").encode()
    except (UnicodeDecodeError, ScaffoldError):
        return there
