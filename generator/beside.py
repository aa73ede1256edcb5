"""What lies beside a file in our state folder: ours as a proposal, or edits that are no longer in a generated file."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from generator import blocks, differences, places
from generator.change import Action, Change, Write
from generator.diff3 import Hunks, changes
from generator.errors import ScaffoldError
from generator.look import look
from generator.merge import Merged, merge
from generator.origin import Origin
from generator.record import Entry, Record
from generator.tree import File

_PATCH_HEAD: Final = "# Your edits of {path}, which is no longer generated. Settle it: agency-scaffold resolve {path}\n"

_REPLACED_HEAD: Final = "# Your lines of {path} that ours replaced. To have them back: git apply {patch}\n"


def orphaned(path: str, origin: Origin, base: Entry, there: File | None, reason: str) -> Change:
    """The change of an edited file that is no longer generated: it stays, and its edits are listed as a patch."""
    hunks = Hunks(yours=changes(base.content, there.content) if there and b"\0" not in there.content else 1)
    patch = _patch(path, base, there)
    writes = () if patch is None else (Write(patch_path(path), File(patch), None),)
    line = replace(base, state="orphaned")
    return Change(path, Action.ORPHAN, origin, writes, (line,), f"no longer generated, and {reason}", hunks)


def patch_path(path: str) -> str:
    """Where the edits of an orphaned file are listed."""
    return f"{places.ORPHANED}/{path}.patch"


def replaced(root: Path, path: str, ours: bytes, mine: bytes, others: Iterable[Write] = ()) -> Write:
    """The write that lists how a file would be with the user's lines: a patch of its own, beside those of before.

    `others` are written, too. Raises ScaffoldError where it cannot be written: then nothing may be replaced.
    """
    taken = {write.path for write in others}
    numbers = itertools.chain([""], map(".{}".format, itertools.count(2)))
    names = (f"{places.REPLACED}/{path}{number}.patch" for number in numbers)
    patch = next(name for name in names if name not in taken and not os.path.lexists(root / name))
    if (state := look(root, patch)[0]) != "absent":
        raise ScaffoldError(f"your lines cannot be listed in {patch}: {state}")
    head = _REPLACED_HEAD.format(path=path, patch=patch).encode()
    return Write(patch, File(head + differences.unified(ours, mine, path)), None)


def listable(root: Path, path: str, *contents: bytes | None) -> bool:
    """Whether what one of these contents of a file has and another has not can be listed."""
    try:
        replaced(root, path, b"", b"")
    except ScaffoldError:
        return False
    return not any(content is None or b"\0" in content for content in contents)


def proposal_path(path: str) -> str:
    """Where ours lies for a path that could not be written."""
    return f"{places.PROPOSED}/{path}"


def _patch(path: str, base: Entry, there: File | None) -> bytes | None:
    if there is None or b"\0" in there.content:
        return None
    before = blocks.plain(base.content.decode()).encode() if base.kind == "block" else base.content
    return _PATCH_HEAD.format(path=path).encode() + differences.unified(
        before, there.content, path, (base.executable, there.executable)
    )


def kept(root: Path, record: Record, changes: Iterable[Change]) -> Iterator[Change]:
    """The changes with what must be written and removed beside the files, given what lies there from before."""
    seen = set()
    for change in changes:
        seen.add(change.path)
        yield _kept(root, record, change)
    for path, old in record.proposals.items():
        if path not in seen:
            origin = Origin(old.component, old.template, "managed")
            change = Change(path, Action.RELEASE, origin, reason="what was proposed is no longer generated")
            yield _kept(root, record, change)


def _kept(root: Path, record: Record, change: Change) -> Change:
    own = (proposal_path(change.path), patch_path(change.path))
    wanted = {write.path: write.file for write in change.writes if write.path in own}
    writes = [write for write in change.writes if write.path not in own]
    reasons = [change.reason] if change.reason else []
    for path in _concerned(record, change, wanted):
        write, reason = _one(root, path, wanted.get(path), record.proposals.get(change.path))
        writes += [write] if write else []
        reasons += [reason] if reason else []
    return replace(change, writes=tuple(writes), reason="; ".join(reasons))


def _concerned(record: Record, change: Change, wanted: Iterable[str]) -> list[str]:
    """The places beside a path at which something is to be, or was put earlier and is no longer needed."""
    found = list(wanted)
    if change.path in record.proposals:
        found.append(proposal_path(change.path))
    if change.action is not Action.ABSENT and not any(line.state == "orphaned" for line in change.lines):
        known = (record.entries.get(path) for path in (change.path, change.moved_from))
        found += [patch_path(entry.path) for entry in known if entry and entry.state == "orphaned"]
    return list(dict.fromkeys(found))


def _one(root: Path, path: str, wanted: File | None, old: Entry | None) -> tuple[Write | None, str]:
    """The write that leaves `wanted` at a place beside the files, and why there is none although one is needed."""
    state, there = look(root, path)
    if state == "absent":
        return (Write(path, wanted, None), "") if wanted else (None, "")
    if there is None:
        return None, f"{path}: {state}"
    if wanted and there == wanted.content:
        return None, ""
    if is_ours(path, there, old):
        return Write(path, wanted, there), ""
    merged = _prepared(there, old, wanted)
    if merged is None or merged.refused:
        return None, f"{path} was edited, and stays as it is"
    reason = f"{path} was edited, and what is new went in beside the edits"
    if merged.conflicts:
        reason = f"{path}:{merged.conflicts[0]}: both edited and new: settle it there before you take it"
    return (None if merged.file.content == there else Write(path, merged.file, there)), reason


def _prepared(there: bytes, old: Entry | None, wanted: File | None) -> Merged | None:
    """A proposal that somebody prepared, with what is new in ours since; None where there is nothing to merge."""
    if old is None or wanted is None or old.kind == "block":
        return None
    return merge(File(old.content, old.executable), File(there, old.executable), wanted)


def is_ours(path: str, there: bytes, old: Entry | None) -> bool:
    """Whether what lies beside a file is as we wrote it: a patch of ours, or the proposal `old` without edits."""
    if path.startswith(places.ORPHANED):
        return there.startswith(_PATCH_HEAD.partition("{")[0].encode())
    if old is None:
        return False
    if old.kind != "block":
        return there == old.content
    try:
        return blocks.find(old.path, there.decode()) == blocks.plain(old.content.decode())
    except (UnicodeDecodeError, ScaffoldError):
        return False
