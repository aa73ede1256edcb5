"""One run of `new` from the command line: gathers the answers, generates, checks, prints."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from generator import places, summary
from generator.answers import Answers
from generator.answers.load import from_file
from generator.answers.settings import assign
from generator.console import folder, progress, recover, show, show_diff, uninterrupted, watched
from generator.errors import Problem, ScaffoldError, StoppedError
from generator.finding import Verdict
from generator.generation import Generation, compare, judge, verify
from generator.new import prepare, refuse_generated, refuse_inside, write
from generator.report import Report
from generator.reporters import json, say, text
from generator.served import Fallback, settle

if TYPE_CHECKING:
    from generator.assess.detected import Detected

_STOPPED: Final = "interrupted: nothing was written"


@dataclass(frozen=True)
class Request:
    """The command line of `new`."""

    directory: Path
    answers: str = ""
    settings: tuple[str, ...] = ()
    defaults: bool = False
    dry_run: bool = False
    check: bool = True
    json: bool = False


def run(request: Request) -> int:
    """Does what was asked and returns the exit code; raises ScaffoldError where nothing could be done."""
    root = folder(request.directory)
    try:
        if not request.dry_run and (finished := recover(root)) is not None:
            return _print(request, summary.of_recovery(root, finished))
        refuse_generated(root)
        refuse_inside(root)
        found = _detected(request, root)
        generation = compare(prepare(root, *_answers(request, root, found)))
        verdict = verify(generation.rendering) if request.check else Verdict()
        generation = dataclasses.replace(generation, passed=request.check)
        if request.dry_run:
            if not request.json:
                show_diff(text.dry_run(root, generation.changes))
            return _print(request, _told(summary.of_generation(generation, verdict, dry_run=True), generation, found))
    except KeyboardInterrupt as stop:
        raise StoppedError(_STOPPED) from stop
    return _print(request, _told(_written(request, generation, verdict), generation, found))


def _written(request: Request, generation: Generation, verdict: Verdict) -> Report:
    """Writes and judges. What is written is whole, so a later interrupt only ends the judging."""
    written = interrupted = False
    try:
        with uninterrupted():
            generation = write(generation)
            written = True
        if request.check:
            with progress(quiet=request.json) as running:
                verdict += judge(generation, lambda names: _begins(request, generation, names), running)
    except KeyboardInterrupt as stop:
        if not written:
            raise StoppedError(_STOPPED) from stop
        interrupted = True
    return summary.of_generation(generation, verdict, dry_run=False, interrupted=interrupted)


def _begins(request: Request, generation: Generation, names: Sequence[str]) -> None:
    """Tells a person who waits what is done already, and who works now: these checks may take minutes."""
    if names and not request.json and watched():
        count = sum(bool(change.writes) for change in generation.changes)
        say(f"Wrote {count} files. {', '.join(names)} check them now, which may take a minute or two ...", sys.stderr)


def _print(request: Request, result: Report) -> int:
    show(json.report(result) if request.json else text.report(result), plain=request.json)
    return result.exit_code


def _detected(request: Request, root: Path) -> Detected | None:
    """What the files of the folder show; None where answers are given as a whole, or nothing is there."""
    if request.answers or (root / places.ANSWERS_FILE).exists():
        return None
    with contextlib.suppress(OSError, ScaffoldError):  # what cannot be looked at shows nothing
        if any(entry.name != ".git" for entry in root.iterdir()):
            from generator.assess.detected import detect  # noqa: PLC0415 -- an empty folder must not pay for it

            return detect(root)
    return None


def _told(result: Report, generation: Generation, found: Detected | None) -> Report:
    """The report with the answers that were detected."""
    lines = found.lines(msgspec.to_builtins(generation.answers)) if found else []
    return msgspec.structs.replace(result, detected=lines)


def _answers(request: Request, root: Path, found: Detected | None) -> tuple[Answers, tuple[Fallback, ...]]:
    """The settled answers; raises StoppedError where the user wants nothing to be written."""
    raw, source, wrong = _given(request, root, found)
    if not wrong and not request.defaults and not source and not request.json:
        from generator import questionnaire  # noqa: PLC0415 -- only paid when somebody can answer

        if questionnaire.can_ask():
            if found and found.raw:
                say("What your files show is offered below. agency-scaffold assess says where it stands.")
            return questionnaire.ask(raw, root)
    return settle(raw, source=source or ("--set" if request.settings else ""), known=wrong)


def _given(request: Request, root: Path, found: Detected | None) -> tuple[Any, str, tuple[Problem, ...]]:
    """What was given, by which file ("" = by none), and what is wrong with the settings."""
    existing = root / places.ANSWERS_FILE
    if request.answers:
        if existing.exists() and not _same(request.answers, existing):
            raise ScaffoldError(
                f"{places.ANSWERS_FILE} is there already, and --answers names another file",
                hint=f"Leave out --answers to use {places.ANSWERS_FILE}, or move it away.",
            )
        raw: Any = from_file(request.answers)
        source = "standard input" if request.answers == "-" else request.answers
    elif existing.is_file():
        if request.settings:
            raise ScaffoldError(f"{existing} is there already", hint="Edit it instead of giving --set.")
        raw, source = from_file(str(existing)), places.ANSWERS_FILE
    else:
        raw, source = found.begun() if found else {}, ""
    if request.settings:
        raw = {} if raw is None else raw
        if not isinstance(raw, dict):
            raise ScaffoldError(f"{source}: a map of keys is expected", hint="--set changes keys of a map.")
    wrong = assign(raw, request.settings)
    return found.completed(raw, request.settings) if found else raw, source, wrong


def _same(name: str, path: Path) -> bool:
    return name != "-" and Path(name).exists() and Path(name).samefile(path)
