"""The sums of an update: every path and every hunk is accounted for, and the totals add up."""

from __future__ import annotations

import dataclasses
import os
import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from generator import __version__, places
from generator.change import Action
from generator.diff3 import NONE, Hunks
from generator.look import look
from generator.moves import Outcome
from generator.record import Record
from generator.report import FileLine, Report
from generator.status import Standing, State, edited_places, survey

WAITING: Final = frozenset({Action.CONFLICT, Action.PROPOSE, Action.ORPHAN})
"""Actions after which somebody must decide."""


@dataclass(frozen=True)
class Done:
    """How a run went."""

    finished: Outcome | None = None
    """What an earlier run, which was cut off, had still to write."""
    dry_run: bool = False
    check: bool = False
    """The exit code says whether a file would change; the record alone does not count."""
    refused: bool = False
    """Nothing was written because there is a conflict."""
    interrupted: bool = False
    again: str = ""
    """The command that does what was only shown, or refused."""


def of_unchanged(root: Path, record: Record, done: Done) -> Report:
    """The report of an update whose inputs are those of the last one, so that there was nothing to render."""
    files = [_standing(root, record, one) for one in survey(root, record)]
    return account(root, files, done, exit_code=int(any(f.action in WAITING for f in files)))


def account(root: Path, files: list[FileLine], done: Done, **more: object) -> Report:
    """The report of an update, with what follows from its lines; of those that tell nothing, only the count."""
    empty: dict[str, list[object]] = {
        "disk": [],
        "collisions": [],
        "fallbacks": [],
        "idle": [],
        "checks": [],
        "findings": [],
        "todo": [],
    }
    report = Report(
        command="update",
        version=__version__,
        directory=printable(root),
        dry_run=done.dry_run,
        refused=done.refused,
        files=[file for file in files if _tells(file)],
        totals=dict(sorted(Counter(f.action for f in files).items())),
        hunks=_sum(f.hunks for f in files),
        components=dict(sorted(Counter(f.component for f in files).items())),
        interrupted=done.interrupted,
        recovered=[*done.finished.actions] if done.finished else [],
        **{**empty, **more},  # type: ignore[arg-type]
    )
    return msgspec.structs.replace(report, next=from_here(root, _next(root, report, done)))


def _tells(file: FileLine) -> bool:
    """Whether something happened to a file, or a person has edited it."""
    return file.action != "keep" or bool(file.reason) or file.hunks != NONE


def _next(root: Path, report: Report, done: Done) -> list[str]:
    """The next commands: what waits comes first."""
    changed = any(line.path != places.LOCK for line in report.disk)
    if report.refused or (report.dry_run and changed):
        return [done.again]
    commands = ["agency-scaffold status"] if any(file.action in WAITING for file in report.files) else []
    if changed:
        commands += ["git add --all && git diff --cached"] if (root / ".git").exists() else []
        commands += ["make infra-verify"]
    return commands


def from_here(root: Path, commands: list[str]) -> list[str]:
    """Commands that are to be run in a folder, as they can be pasted into the present one."""
    if not commands or root == Path.cwd():
        return commands
    return [f"cd {shlex.quote(printable(root))} && {commands[0]}", *commands[1:]]


def _sum(hunks: Iterable[Hunks]) -> Hunks:
    total: Counter[str] = Counter()
    for one in hunks:
        total.update(dataclasses.asdict(one))
    return Hunks(**total)


def _standing(root: Path, record: Record, one: Standing) -> FileLine:
    edits = one.edits
    if one.state is State.CONFLICT:  # what stands between the markers is none of ours, either
        edits = edited_places(record.entries[one.path], look(root, one.path)[1] or b"")
    # While a proposal waits, the record has no fingerprint, and every run renders.
    actions = {State.MISSING: Action.ABSENT, State.CONFLICT: Action.CONFLICT, State.ORPHANED: Action.ORPHAN}
    return FileLine(
        path=one.path,
        component=one.component,
        action=actions.get(one.state, Action.KEEP).value,
        reason=one.reason,
        conflicts=list(one.conflicts),
        hunks=Hunks(yours=edits),
    )


def printable(path: Path) -> str:
    """A path as text, also where its bytes are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")
