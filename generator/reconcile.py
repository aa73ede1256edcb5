"""Decides, path by path, what a regeneration does to a folder: the record, the disk and the new rendering together.

Pure but for looking at the disk; writes nothing. Renames follow the template ids, never the content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from generator import beside, blocks, regions, status, unrecorded
from generator.change import Action, Change, Write, settled
from generator.diff3 import Favour, Hunks
from generator.errors import ScaffoldError
from generator.look import executable, look_at_all
from generator.matching import Folder, Matched, Renamed, match, takes_its_file_along, takes_its_region_along
from generator.merge import LEFT, Merged, merge, pristine
from generator.origin import Origin, Owner, Rendering
from generator.record import Entry, Kind, Record
from generator.tree import File

_OWNERS: Final[Mapping[Kind, Owner]] = {"file": "managed", "exec": "managed", "once": "once", "block": "block"}


def reconcile(
    root: Path,
    record: Record,
    new: Rendering,
    renamed: Renamed,
    favour: Favour = Favour.MARKERS,
    wrong: Callable[[str, File, File], str] = lambda *_: "",
) -> tuple[Change, ...]:
    """The changes that bring the folder from what the record says was generated to `new`, and lose no edit.

    `renamed` says how template ids of the record are called now; `wrong` is asked of each merged file, given its path
    and what it was before, why it must not be written ("" = it may).
    """
    states = look_at_all(root, {*new.tree, *record.entries})
    folder = Folder(root, record, new, states, favour, wrong)
    matched = match(folder, renamed)
    changes = [_left(folder, change) for change in (*_present(folder, matched), *_gone(folder, matched))]
    settled = beside.kept(root, record, sorted(changes, key=lambda change: change.path))
    return tuple(settled)


def _left(folder: Folder, change: Change) -> Change:
    """A file that stays as it is, or only moves, and in which a conflict is left is still in conflict."""
    written = (write.file.content for write in change.writes if write.path == change.path and write.file)
    there = next(written, folder.states[change.path][1])
    if change.action not in {Action.KEEP, Action.ADOPT, Action.PROPOSE} or there is None or not change.lines:
        return change
    base = change.lines[0]
    if base.state == "proposed" or not (left := status.conflicts_in(base, there)):
        return change
    if change.action is not Action.PROPOSE:
        return replace(change, action=Action.CONFLICT, conflicts=left, reason=status.left_in(left))
    more = "" if change.reason == LEFT else f"; {change.reason}"
    return replace(change, conflicts=left, reason=f"{status.left_in(left)}{more}")


def _present(folder: Folder, matched: Matched) -> Iterator[Change]:
    """What becomes of each path that is generated now."""
    for path in folder.new.origins:
        base = matched.bases.get(path)
        if base and base.path != path:
            yield _moved(folder, path, base)
        elif base:
            yield _continued(folder, path, base)
        elif path in matched.gone:
            yield _taken_over(folder, path, matched.gone[path])
        elif path in matched.vacated:
            yield _follows(folder, path)
        else:
            yield unrecorded.change(folder.root, path, folder.new, *folder.states[path])


def _follows(folder: Folder, path: str) -> Change:
    """The change of a path whose file moves to another one, and which another template makes now."""
    origin, new = folder.new.origins[path], folder.new.tree[path]
    shown = unrecorded.inserted(path, "", origin, new) if origin.owner == "block" else new
    lines = (unrecorded.entry(path, origin, new),)
    return Change(path, Action.CREATE, origin, (Write(path, shown, folder.states[path][1]),), lines)


def _moved(folder: Folder, path: str, base: Entry) -> Change:
    """The change at the new path, with what lies at the old one as if it lay here."""
    line = replace(base, path=path, template=folder.new.origins[path].template)
    if takes_its_region_along(folder, path, base):
        return _region_moved(folder, path, base, line)
    if not takes_its_file_along(folder, base):
        return _continued(folder, path, line)
    line = replace(line, state="")
    there = {**folder.states, path: folder.states[base.path]}
    old = folder.file(base.path) or File(b"")
    change = _merged(replace(folder, states=there), path, line, old)
    after = next((write.file for write in change.writes if write.path == path), None) or old
    before = folder.states[path][1]
    writes = [Write(path, after, before, like=base.path)]
    if base.path not in folder.new.tree:
        writes.append(Write(base.path, None, old.content))
    writes += [write for write in change.writes if write.path != path]
    reasons = [change.reason] if change.reason else []
    if before is not None and before != after.content:
        listed = beside.replaced(folder.root, path, after.content, before, writes)
        writes.append(listed)
        reasons.append(f"what lay here was no longer generated, and is listed in {listed.path}")
    return replace(change, writes=tuple(writes), reason="; ".join(reasons), moved_from=base.path)


def _region_moved(folder: Folder, path: str, base: Entry, line: Entry) -> Change:
    """The change of a file into which our region goes from another one, as if it stood here."""
    root, origin, before = folder.root, folder.new.origins[path], folder.states[path][1]
    rest, here = regions.moved(base.path, folder.states[base.path], path, folder.states[path], origin)
    change = _continued(replace(folder, states={**folder.states, path: ("", here)}), path, line)
    after = next((write.file for write in change.writes if write.path == path), None) or File(
        here, executable(root, path)
    )
    writes = [Write(path, after, before), regions.without(root, base.path, rest, folder.states[base.path][1])]
    writes += [write for write in change.writes if write.path != path]
    return replace(change, writes=tuple(writes), moved_from=base.path)


def _continued(folder: Folder, path: str, base: Entry) -> Change:
    """The change of a path whose file comes from the same template as before."""
    origin, new = folder.new.origins[path], folder.new.tree[path]
    if (base.kind == "block") != (origin.owner == "block"):
        return _taken_over(folder, path, base)
    state = folder.states[path][0]
    declined = base.state == "declined" or (base.state == "released" and state != "absent")
    line = replace(base, template=origin.template, path=path, state="declined" if declined else "")
    news = "" if base.content == new.content else "; ours is another one since"
    if declined:
        return Change(path, Action.KEEP, origin, lines=(line,), reason=f"declined: it is yours{news}")
    if state == "absent":
        return Change(path, Action.ABSENT, origin, lines=(line,), reason=f"you deleted it{news}")
    if origin.owner == "block":
        return regions.merged(folder.root, path, origin, new, line, folder.states[path], folder.favour)
    there = folder.file(path)
    if there is None and origin.owner != "once":
        return _unmergeable(path, origin, new, line, Hunks(yours=1), state)
    return _merged(folder, path, line, there or File(b""))


def _merged(folder: Folder, path: str, base: Entry, there: File) -> Change:
    """The change of a regular file by three-way merge."""
    origin, new = folder.new.origins[path], folder.new.tree[path]
    if origin.owner == "once":
        lines = (replace(base, kind="once"),)
        return Change(path, Action.KEEP, origin, lines=lines, reason="made once, then yours")
    merged = merge(File(base.content, base.executable), there, new, folder.favour)
    if merged.refused:
        return _unmergeable(path, origin, new, base, merged.hunks, merged.refused)
    action = _merge_action(base, there, merged, folder.favour)
    if wrong := _wrong(folder, path, action, there, merged.file):
        return _unmergeable(path, origin, new, base, merged.hunks.unmerged, wrong)
    try:
        lost = _lost(folder, path, base, there, merged)
    except ScaffoldError as error:
        return _unmergeable(path, origin, new, base, merged.hunks.unmerged, error.message)
    writes = () if merged.file == there else (Write(path, merged.file, there.content),)
    lines = (unrecorded.entry(path, origin, new),)
    mode = action is Action.KEEP and there.executable != new.executable
    reason = status.mode_edited(there.executable) if mode else ""
    change = Change(path, action, origin, (*writes, *lost), lines, reason, merged.hunks)
    if action is Action.CONFLICT:
        return replace(change, conflicts=merged.conflicts)
    return replace(change, settled=settled(merged.conflicts, folder.favour))


def _wrong(folder: Folder, path: str, action: Action, there: File, merged: File) -> str:
    """Why what was merged must not be written; "" = it may."""
    if action is Action.MERGE:
        return folder.wrong(path, there, merged)
    waiting = folder.record.proposals.get(path)
    # One side of its conflicts alone would not parse, or ours did not go in for another reason: markers come into no
    # file while ours waits beside it.
    waits = waiting and waiting.state == "proposed" and waiting.content == folder.new.tree[path].content
    return "ours waits beside it" if waits and action is Action.CONFLICT else ""


def _lost(folder: Folder, path: str, base: Entry, there: File, merged: Merged) -> tuple[Write, ...]:
    """What lists the lines of the user's that ours replaced."""
    if folder.favour is not Favour.OURS or not merged.conflicts:
        return ()
    mine = merge(File(base.content, base.executable), there, folder.new.tree[path], Favour.YOURS)
    return (beside.replaced(folder.root, path, merged.file.content, mine.file.content),)


def _merge_action(base: Entry, there: File, merged: Merged, favour: Favour) -> Action:
    if merged.conflicts and favour is Favour.MARKERS:
        return Action.CONFLICT
    if merged.file == there:
        return Action.KEEP
    return Action.REPLACE if pristine(base.content, there.content) else Action.MERGE


def _unmergeable(path: str, origin: Origin, new: File, base: Entry, hunks: Hunks, reason: str) -> Change:
    """The user's stays; ours is a proposal, unless there is nothing new in it."""
    if base.content == new.content:
        return Change(path, Action.KEEP, origin, lines=(base,), hunks=hunks, reason=reason)
    change = unrecorded.proposed(path, origin, new, reason)
    deferred = replace(hunks, deferred=max(hunks.deferred, 1))
    return replace(change, lines=(base, *change.lines), hunks=deferred)


def _taken_over(folder: Folder, path: str, base: Entry) -> Change:
    """The change of a path at which another template's file lies: never merged, the two have nothing in common."""
    origin, new = folder.new.origins[path], folder.new.tree[path]
    there, state = folder.file(path), folder.states[path][0]
    if base.state == "declined":
        line = unrecorded.entry(path, origin, new, "declined")
        return Change(path, Action.KEEP, origin, lines=(line,), reason="declined: it is yours")
    if base.state == "released" and state != "absent":
        return unrecorded.change(folder.root, path, folder.new, *folder.states[path])
    if state == "absent":
        line = unrecorded.entry(path, origin, new)
        return Change(path, Action.ABSENT, origin, lines=(line,), reason="you deleted it")
    shown = unrecorded.inserted(path, "", origin, new) if origin.owner == "block" else new
    lines = (unrecorded.entry(path, origin, new),)
    if there is not None and (there == shown or _untouched(path, base, there)):
        writes = () if there == shown else (Write(path, shown, there.content),)
        action, hunks = (Action.REPLACE, Hunks(ours=1)) if writes else (Action.ADOPT, Hunks(same=1))
        return Change(path, action, origin, writes, lines, hunks=hunks)
    reason = f"{state or _edited(base, there)}, and {status.of_before(base, origin.component, there)}"
    return _unmergeable(path, origin, new, base, Hunks(yours=1), reason)


def _untouched(path: str, base: Entry, there: File) -> bool:
    """Whether a file is what we made of an entry."""
    if base.kind == "once":
        return False  # from then on it was the user's
    if base.kind != "block":
        return pristine(base.content, there.content) and there.executable == base.executable
    return there.content == blocks.wrap(path, base.content.decode()).encode()


def _edited(base: Entry, there: File | None) -> str:
    """Why a file is not as we made it, or not ours any more."""
    if base.kind == "once":
        return "made once, then yours"
    if there is None or not pristine(base.content, there.content):
        return "you edited it"
    return status.mode_edited(there.executable)


def _gone(folder: Folder, matched: Matched) -> Iterator[Change]:
    """What becomes of what is no longer generated."""
    for path, base in matched.gone.items():
        if path in folder.new.tree:
            continue  # another template makes it now
        origin = Origin(base.component, base.template, _OWNERS[base.kind])
        state, there = folder.states[path][0], folder.file(path)
        released = (replace(base, state="released"),)  # should it be generated again one day, it stays the user's
        if state == "absent":
            yield Change(path, Action.ABSENT, origin, lines=released, reason="no longer generated, and you deleted it")
        elif base.state in {"declined", "released"}:
            yield Change(path, Action.KEEP, origin, lines=released, reason="no longer generated, and yours")
        elif base.kind == "once":
            yield Change(path, Action.RELEASE, origin, reason="no longer generated, and yours")
        elif base.kind == "block":
            yield regions.gone(path, origin, base, folder.states[path], folder.root)
        elif there is not None and _untouched(path, base, there):
            yield Change(path, Action.DELETE, origin, (Write(path, None, there.content),), hunks=Hunks(ours=1))
        else:
            yield beside.orphaned(path, origin, base, there, state or _edited(base, there))
