"""Makes the report of an update: every path and every hunk is accounted for, and the totals add up."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from generator import __version__
from generator.answers import keys
from generator.change import Action, Write
from generator.diff3 import Hunks
from generator.finding import Verdict
from generator.generation import Generation
from generator.moves import Outcome
from generator.report import DiskLine, FallbackLine, FileLine, IdleLine, Report
from generator.status import Standing, State
from generator.summary import file_line, printable, todo_lines

_WAITING = {Action.CONFLICT, Action.PROPOSE, Action.ORPHAN}


@dataclass(frozen=True)
class Done:
    """How a run went."""

    finished: Outcome | None = None
    """What an earlier run, which was cut off, had still to write."""
    dry_run: bool = False
    refused: bool = False
    """Nothing was written because there is a conflict."""
    interrupted: bool = False


def of_update(generation: Generation, verdict: Verdict, done: Done) -> Report:
    """The report of an update that rendered and merged."""
    files = [file_line(change, generation.late) for change in generation.changes]
    failed = any(f.severity == "error" for f in verdict.findings)
    changes = bool(generation.writes)
    waits = any(f.action in _WAITING for f in files) or bool(generation.conflicts)
    return _report(
        generation.root,
        files,
        done,
        exit_code=int(waits or failed or done.interrupted or (done.dry_run and changes)),
        disk=[] if done.refused else _disk(generation),
        conflicts=list(generation.conflicts),
        fallbacks=[
            FallbackLine(key=f.key, default=keys.word(f.default), taken=keys.word(f.taken))
            for f in generation.fallbacks
        ],
        idle=[IdleLine(key=key, reason=reason) for key, reason in keys.idle(generation.answers)],
        checks=list(verdict.checks),
        findings=list(verdict.findings),
        todo=todo_lines(generation.todo, files),
    )


def of_unchanged(root: Path, standings: Iterable[Standing], done: Done) -> Report:
    """The report of an update whose inputs are those of the last one, so that there was nothing to render."""
    files = [_standing(one) for one in standings]
    return _report(root, files, done, exit_code=int(any(f.action in _WAITING for f in files)))


def _report(root: Path, files: list[FileLine], done: Done, **more: object) -> Report:
    empty: dict[str, list[object]] = {
        "disk": [],
        "conflicts": [],
        "fallbacks": [],
        "idle": [],
        "checks": [],
        "findings": [],
        "todo": [],
    }
    return Report(
        command="update",
        version=__version__,
        directory=printable(root),
        dry_run=done.dry_run,
        refused=done.refused,
        files=files,
        totals=dict(sorted(Counter(f.action for f in files).items())),
        hunks=_sum(f.hunks for f in files),
        components=dict(sorted(Counter(f.component for f in files).items())),
        interrupted=done.interrupted,
        recovered=[*done.finished.actions] if done.finished else [],
        **{**empty, **more},  # type: ignore[arg-type]
    )


def _sum(hunks: Iterable[Hunks]) -> Hunks:
    total: Counter[str] = Counter()
    for one in hunks:
        total.update(dataclasses.asdict(one))
    return Hunks(**total)


def _disk(generation: Generation) -> list[DiskLine]:
    """What is different on the disk, path by path."""
    return sorted(
        (DiskLine(path=write.path, change=_change(write)) for write in generation.writes), key=lambda line: line.path
    )


def _change(write: Write) -> Literal["created", "changed", "removed"]:
    if write.file is None:
        return "removed"
    return "created" if write.before is None else "changed"


def _standing(one: Standing) -> FileLine:
    actions = {State.MISSING: Action.ABSENT, State.CONFLICT: Action.CONFLICT, State.PROPOSED: Action.PROPOSE,
               State.ORPHANED: Action.ORPHAN}  # fmt: skip
    return FileLine(
        path=one.path,
        component=one.component,
        action=actions.get(one.state, Action.KEEP).value,
        proposal=one.beside if one.state is State.PROPOSED else "",
        reason=one.reason,
        conflicts=[one.line] if one.line else [],
    )
