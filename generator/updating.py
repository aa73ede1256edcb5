"""One run of `update` from the command line: reads the record, does what was asked, prints."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from generator import apply, moves, places
from generator.accounts import Done, of_unchanged
from generator.console import folder, held, show
from generator.errors import ScaffoldError, StoppedError
from generator.previous import load
from generator.report import Report
from generator.reporters import json, update_text
from generator.request import Request

_STOPPED: Final = "interrupted: nothing was written"


def run(request: Request) -> int:
    """Does what was asked and returns the exit code; raises ScaffoldError where nothing could be done."""
    root = folder(request.directory)
    try:
        with held(root) if request.writes and root.is_dir() else contextlib.nullcontext() as finished:
            report = _report(request, root, finished)
    except KeyboardInterrupt as stop:
        raise StoppedError(_STOPPED) from stop
    show(json.report(report) if request.json else update_text.report(report), plain=request.json)
    return report.exit_code


def _report(request: Request, root: Path, finished: moves.Outcome | None) -> Report:
    if not request.writes and apply.interrupted(root):
        raise ScaffoldError(
            f"an interrupted run waits in {places.TRANSACTION}",
            hint="Run this without --dry-run and --check: it is finished first.",
        )
    previous = load(root)
    if previous.current(judged=request.judge) and not request.settings and not request.ask:
        return of_unchanged(root, previous.record, Done(finished, dry_run=not request.writes))
    from generator.regenerating import regenerate  # noqa: PLC0415 -- the templates, which most runs need not

    return regenerate(request, root, previous, finished)
