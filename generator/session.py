"""One run of `new` from the command line: gathers the answers, generates, checks, reports."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import __version__, apply, places
from generator.answers import Answers
from generator.answers.keys import idle
from generator.answers.load import assign, from_file
from generator.errors import ScaffoldError
from generator.merge import Action
from generator.new import Generation, prepare, refuse_generated, write
from generator.report import FallbackLine, FileLine, IdleLine, Report, TodoLine
from generator.reporters import json, text
from generator.served import Fallback, settle
from generator.verdict import Verdict, external, judge

INTERRUPTED = 130


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
    root = _folder(request.directory)
    recovered = () if request.dry_run else _recover(root)
    refuse_generated(root)
    settled = _answers(request, root)
    if settled is None:
        print("nothing was written", file=sys.stderr)
        return INTERRUPTED
    generation = prepare(root, *settled)
    verdict = judge(generation.rendering.tree) if request.check else Verdict()
    if request.dry_run:
        if not request.json:
            print(text.dry_run(generation.changes))
    else:
        generation = write(generation)
        verdict = external(root, verdict) if request.check else verdict
    result = _report(request, generation, verdict, recovered)
    print(json.report(result) if request.json else text.report(result))
    return result.exit_code


def _folder(directory: Path) -> Path:
    if directory.exists() and not directory.is_dir():
        raise ScaffoldError(f"{directory} is not a folder", hint="Give the folder of a repository.")
    return directory.resolve()


def _recover(root: Path) -> tuple[str, ...]:
    if not root.is_dir():
        return ()
    with apply.locked(root):
        outcome = apply.recover(root)
    return outcome.written if outcome else ()


def _answers(request: Request, root: Path) -> tuple[Answers, tuple[Fallback, ...]] | None:
    """The settled answers; None where the user quit."""
    raw, source = _given(request, root)
    if not request.defaults and not source and not request.json:
        from generator import questionnaire  # noqa: PLC0415 -- only paid when somebody can answer

        if questionnaire.can_ask():
            try:
                return questionnaire.ask(raw, root)
            except questionnaire.Quit:
                return None
    return settle(raw, source=source)


def _given(request: Request, root: Path) -> tuple[Any, str]:
    """What was given, and by which file ("" = by none)."""
    existing = root / places.ANSWERS_FILE
    if request.answers:
        if existing.exists() and not _same(request.answers, existing):
            raise ScaffoldError(
                f"{places.ANSWERS_FILE} is there already, and --answers names another file",
                hint=f"Leave out --answers to use {places.ANSWERS_FILE}, or move it away.",
            )
        raw: Any = from_file(request.answers)
        source = request.answers
    elif existing.is_file():
        if request.settings:
            raise ScaffoldError(f"{places.ANSWERS_FILE} is there already", hint="Edit it instead of giving --set.")
        raw, source = from_file(str(existing)), places.ANSWERS_FILE
    else:
        raw, source = {}, ""
    if request.settings:
        raw = raw if isinstance(raw, dict) else {}
        assign(raw, request.settings)
    return raw, source


def _same(name: str, path: Path) -> bool:
    return name != "-" and Path(name).exists() and Path(name).samefile(path)


def _report(request: Request, generation: Generation, verdict: Verdict, recovered: tuple[str, ...]) -> Report:
    waits = bool(generation.waiting or generation.late or any(f.severity == "error" for f in verdict.findings))
    return Report(
        version=__version__,
        directory=str(generation.root),
        dry_run=request.dry_run,
        exit_code=1 if waits else 0,
        files=[_file(c) for c in generation.changes],
        components=dict(sorted(Counter(c.origin.component for c in generation.changes).items())),
        fallbacks=[
            FallbackLine(key=f.key, default=_word(f.default), taken=_word(f.taken)) for f in generation.fallbacks
        ],
        idle=[IdleLine(key=key, reason=reason) for key, reason in idle(generation.answers)],
        checks=list(verdict.checks),
        findings=list(verdict.findings),
        todo=[
            TodoLine(id=t.id, severity=t.severity, file=t.file, question=t.question, how=t.how) for t in generation.todo
        ],
        recovered=list(recovered),
        late=list(generation.late),
        next=_next(request, generation),
    )


def _file(change: Any) -> FileLine:
    proposal = change.target if change.action is Action.PROPOSE else ""
    return FileLine(
        path=change.path,
        component=change.origin.component,
        action=change.action.value,
        proposal=proposal,
        reason=change.reason,
    )


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) or "nothing" if isinstance(value, (list, tuple)) else str(value)


def _next(request: Request, generation: Generation) -> list[str]:
    """The next three commands."""
    if request.dry_run:
        return []
    first = "git status" if (generation.root / ".git").exists() else "git init && git add --all"
    there = "" if generation.root == Path.cwd() else f"cd {shlex.quote(str(generation.root))} && "
    return [there + first, "make todo", "make verify"]
