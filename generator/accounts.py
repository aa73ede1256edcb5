"""The sums of an update: every path and every hunk is accounted for, and the totals add up."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from generator import __version__
from generator.change import Action
from generator.diff3 import Hunks
from generator.moves import Outcome
from generator.report import FileLine, Report
from generator.status import Standing, State

WAITING: Final = frozenset({Action.CONFLICT, Action.PROPOSE, Action.ORPHAN})
"""Actions after which somebody must decide."""


@dataclass(frozen=True)
class Done:
    """How a run went."""

    finished: Outcome | None = None
    """What an earlier run, which was cut off, had still to write."""
    dry_run: bool = False
    check: bool = False
    """The exit code says whether anything would change."""
    refused: bool = False
    """Nothing was written because there is a conflict."""
    interrupted: bool = False


def of_unchanged(root: Path, standings: Iterable[Standing], done: Done) -> Report:
    """The report of an update whose inputs are those of the last one, so that there was nothing to render."""
    files = [_standing(one) for one in standings]
    return account(root, files, done, exit_code=int(any(f.action in WAITING for f in files)))


def account(root: Path, files: list[FileLine], done: Done, **more: object) -> Report:
    """The report of an update, with what follows from its lines."""
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


def _standing(one: Standing) -> FileLine:
    # While a proposal waits, the record has no fingerprint, and every run renders.
    actions = {State.MISSING: Action.ABSENT, State.CONFLICT: Action.CONFLICT, State.ORPHANED: Action.ORPHAN}
    return FileLine(
        path=one.path,
        component=one.component,
        action=actions.get(one.state, Action.KEEP).value,
        reason=one.reason,
        conflicts=[one.line] if one.line else [],
        hunks=Hunks(yours=one.edits),
    )


def printable(path: Path) -> str:
    """A path as text, also where its bytes are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")
