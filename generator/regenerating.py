"""The part of an update that renders: it merges, checks, writes and judges."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from generator import moves
from generator.accounts import Done
from generator.answers import Answers
from generator.console import progress, show_diff, uninterrupted, watched
from generator.diff3 import Favour
from generator.errors import UsageError
from generator.finding import Verdict
from generator.generation import Generation, commit, compare, judge, verify
from generator.inputs import inputs
from generator.merged import judge as judge_merged
from generator.previous import Previous
from generator.report import Report
from generator.reporters import say, text
from generator.request import Request
from generator.served import Fallback
from generator.update import prepare
from generator.update_summary import of_update

_FAVOUR: Final = {"markers": Favour.MARKERS, "mine": Favour.YOURS, "new": Favour.OURS, "fail": Favour.MARKERS}


def regenerate(request: Request, root: Path, previous: Previous, finished: moves.Outcome | None) -> Report:
    """Does what was asked, and tells what became of each path."""
    given = inputs(root, previous.answers, previous.known, request.settings, _ask if request.ask else None)
    generation = prepare(root, previous, given, _FAVOUR[request.on_conflict])
    verdict = Verdict()
    if request.judge:
        verify(generation.rendering)
        verdict = judge_merged(generation)
    generation = dataclasses.replace(compare(generation), passed=request.judge and not verdict.findings)
    if request.dry_run and not request.json:
        show_diff(text.dry_run(root, generation.changes))
    # A conflict that was left before is no reason to refuse: this run writes nothing into that file.
    refused = request.on_conflict == "fail" and any(c.hunks.conflicts for c in generation.changes)
    if not request.writes or refused:
        again = request.again("markers" if refused else request.on_conflict)
        done = Done(dry_run=not request.writes, check=request.check, refused=refused, again=again)
        return of_update(generation, verdict, done)
    return _written(request, generation, verdict, finished)


def _ask(raw: dict[str, Any], root: Path) -> tuple[Answers, tuple[Fallback, ...]]:
    from generator import questionnaire  # noqa: PLC0415 -- only paid when somebody can answer

    if not questionnaire.can_ask():
        raise UsageError("--ask needs a terminal", hint="Use --set, or edit the file and run this without --ask.")
    return questionnaire.ask(raw, root)


def _written(request: Request, generation: Generation, verdict: Verdict, finished: moves.Outcome | None) -> Report:
    """Writes and judges. What is written is whole, so a later interrupt only ends the judging."""
    written = interrupted = False
    try:
        with uninterrupted():
            generation = commit(generation)
            written = True
        if request.judge and generation.writes:
            with progress(quiet=request.json) as running:
                verdict += judge(generation, lambda names: _begins(request, names), running)
    except KeyboardInterrupt:
        if not written:
            raise
        interrupted = True
    return of_update(generation, verdict, Done(finished, interrupted=interrupted))


def _begins(request: Request, names: Sequence[str]) -> None:
    """Tells a person who waits who works now: these checks may take minutes."""
    if names and not request.json and watched():
        say(f"All is written. {', '.join(names)} check it now, which may take a minute or two ...", sys.stderr)
