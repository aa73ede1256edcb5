"""Makes the report of a run from what the run found and did."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from pathlib import Path

from generator import __version__, places, record
from generator.answers import keys
from generator.apply import Outcome
from generator.finding import Verdict
from generator.merge import Action, Change
from generator.new import Generation
from generator.report import FallbackLine, FileLine, IdleLine, Report, TodoLine


def of_generation(generation: Generation, verdict: Verdict, *, dry_run: bool) -> Report:
    """The report of a generation."""
    waits = bool(generation.waiting or generation.late or any(f.severity == "error" for f in verdict.findings))
    return Report(
        version=__version__,
        directory=_printable(generation.root),
        dry_run=dry_run,
        exit_code=1 if waits else 0,
        files=[_file(change, generation.late) for change in generation.changes],
        components=dict(sorted(Counter(c.origin.component for c in generation.changes).items())),
        fallbacks=[
            FallbackLine(key=f.key, default=_word(f.default), taken=_word(f.taken)) for f in generation.fallbacks
        ],
        idle=[IdleLine(key=key, reason=reason) for key, reason in keys.idle(generation.answers)],
        checks=list(verdict.checks),
        findings=list(verdict.findings),
        todo=[
            TodoLine(id=t.id, severity=t.severity, file=t.file, question=t.question, how=t.how) for t in generation.todo
        ],
        next=[] if dry_run else _next(generation.root),
    )


def of_recovery(root: Path, outcome: Outcome) -> Report:
    """The report of a run that only finished an interrupted one."""
    entries = record.load((root / places.LOCK).read_text(encoding="utf-8")).entries.values()
    files = [
        FileLine(
            path=e.path,
            component=e.template.split(":")[0],
            action="propose" if e.kind == "proposed" else "create",
            proposal=f"{places.PROPOSED}/{e.path}" if e.kind == "proposed" else "",
            reason="a file that was not generated is there" if e.kind == "proposed" else "",
        )
        for e in entries
    ]
    return Report(
        version=__version__,
        directory=_printable(root),
        dry_run=False,
        exit_code=1 if any(f.action == "propose" for f in files) else 0,
        files=files,
        components=dict(sorted(Counter(f.component for f in files).items())),
        fallbacks=[],
        idle=[],
        checks=[],
        findings=[],
        todo=[],
        recovered=[*outcome.written, *outcome.late],
        next=_next(root),
    )


def _file(change: Change, late: tuple[str, ...]) -> FileLine:
    action, reason = change.action, change.reason
    if change.target in late:
        action, reason = Action.PROPOSE, "it changed while we wrote"
    return FileLine(
        path=change.path,
        component=change.origin.component,
        action=action.value,
        proposal=f"{places.PROPOSED}/{change.path}" if action is Action.PROPOSE else "",
        reason=reason,
    )


def _printable(path: Path) -> str:
    """A path as text, also where its bytes are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def _word(value: object) -> str:
    return ", ".join(map(str, value)) or "nothing" if isinstance(value, (list, tuple)) else keys.word(value)


def _next(root: Path) -> list[str]:
    """The next three commands."""
    first = "git status" if (root / ".git").exists() else "git init && git add --all"
    there = "" if root == Path.cwd() else f"cd {shlex.quote(_printable(root))} && "
    return [there + first, "make todo", "make verify"]
