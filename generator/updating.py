"""One run of `update` from the command line: reads the answers, merges, checks, writes, prints."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from generator import apply, moves, status
from generator.answers import Answers
from generator.change import Action
from generator.console import folder, recover, show, uninterrupted
from generator.diff3 import Favour
from generator.errors import StoppedError, UsageError
from generator.finding import Verdict
from generator.generation import Generation, commit, compare, judge, verify
from generator.inputs import inputs
from generator.merged import judge as judge_merged
from generator.report import Report
from generator.reporters import json, say, text, update_text
from generator.served import Fallback
from generator.update import load, prepare
from generator.update_summary import Done, of_unchanged, of_update

_STOPPED: Final = "interrupted: nothing was written"
_FAVOUR: Final = {"markers": Favour.MARKERS, "mine": Favour.YOURS, "new": Favour.OURS, "fail": Favour.MARKERS}


@dataclass(frozen=True)
class Request:
    """The command line of `update`."""

    directory: Path
    settings: tuple[str, ...] = ()
    ask: bool = False
    dry_run: bool = False
    check: bool = False
    """Write nothing, and say by the exit code whether anything would change or waits."""
    on_conflict: str = "markers"
    """A key of `_FAVOUR`; `fail` writes nothing where there is a conflict."""
    judge: bool = True
    json: bool = False

    @property
    def writes(self) -> bool:
        return not (self.dry_run or self.check)


def run(request: Request) -> int:
    """Does what was asked and returns the exit code; raises ScaffoldError where nothing could be done."""
    root = folder(request.directory)
    try:
        finished = recover(root) if request.writes else None
        with apply.locked(root) if request.writes and root.is_dir() else contextlib.nullcontext():
            report = _report(request, root, finished)
    except KeyboardInterrupt as stop:
        raise StoppedError(_STOPPED) from stop
    show(json.report(report) if request.json else update_text.report(report), plain=request.json)
    return report.exit_code


def _report(request: Request, root: Path, finished: moves.Outcome | None) -> Report:
    previous = load(root)
    if previous.current and not request.settings and not request.ask:
        return of_unchanged(root, status.survey(root, previous.record), Done(finished, dry_run=not request.writes))
    given = inputs(root, previous.answers, previous.known, request.settings, _ask if request.ask else None)
    generation = prepare(root, previous, given, _FAVOUR[request.on_conflict])
    verdict = Verdict()
    if request.judge:
        verify(generation.rendering)
        verdict = judge_merged(generation)
    if generation.writes:
        generation = compare(generation)
    if request.dry_run and not request.json:
        show(text.dry_run(generation.changes))
    refused = request.on_conflict == "fail" and any(c.action is Action.CONFLICT for c in generation.changes)
    if not request.writes or refused:
        return of_update(generation, verdict, Done(finished, dry_run=not request.writes, refused=refused))
    return _written(request, generation, verdict, finished)


def _ask(raw: dict[str, Any], root: Path) -> tuple[Answers, tuple[Fallback, ...]]:
    from generator import questionnaire  # noqa: PLC0415 -- only paid when somebody can answer

    if not questionnaire.can_ask():
        raise UsageError("--ask needs a terminal", hint="Use --set, or edit the file and run this without --ask.")
    return questionnaire.ask(raw, root)


def _written(request: Request, generation: Generation, verdict: Verdict, finished: moves.Outcome | None) -> Report:
    """Writes and judges. What is written is whole, so a later interrupt only ends the judging."""
    with uninterrupted():
        generation = commit(generation)
    interrupted = False
    if request.judge and generation.writes:
        try:
            verdict += judge(generation, lambda names: _begins(request, names))
        except KeyboardInterrupt:
            interrupted = True
    return of_update(generation, verdict, Done(finished, interrupted=interrupted))


def _begins(request: Request, names: Sequence[str]) -> None:
    """Tells a person who waits who works now: these checks may take minutes."""
    if names and not request.json and not os.environ.get("CI") and sys.stderr is not None and sys.stderr.isatty():
        say(f"All is written. {', '.join(names)} check it now, which may take a minute or two ...", sys.stderr)
