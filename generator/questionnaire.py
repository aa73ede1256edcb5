"""Asks in a terminal. Copier asks the questions; we summarise, and ask what to do with the answers."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from generator import places
from generator.answers import Answers, dotted, strategies
from generator.answers.keys import by_name, word
from generator.errors import AnswersError, ScaffoldError, StoppedError
from generator.plan import answer, check
from generator.questions import (
    ASKED,
    COLUMNS,
    CONDITIONS,
    OFFERED,
    merged,
    previews_possible,
    question,
    service_words,
    title,
)
from generator.reporters import say
from generator.reporters.text import problems
from generator.served import Fallback, settle

EVERYTHING: Final = "Everything"
_QUIT: Final = "nothing was written: you quit"


def can_ask() -> bool:
    """Whether somebody is there to answer: a terminal on both sides, and no CI."""
    terminals = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
    return terminals and not os.environ.get("CI")


def ask(given: dict[str, Any], directory: Path) -> tuple[Answers, tuple[Fallback, ...]]:
    """Asks until the user writes or quits (raises StoppedError); `given` are the defaults of the questions.

    Raises AnswersError before the first question where what was given cannot become right by answering.
    """
    raw = _named(given, _slug(directory))
    named = "" if raw is given else "\nThe name that is shown is the folder's: edit it."
    say(opening(settle(_named(raw, "app"), source="--set" if given else "")[0]) + named)
    kept: dict[str, Any] = {}
    while True:
        asked = _run(raw, kept)
        settled = None
        try:
            raw = _answered(given, asked)
            settled = settle(raw)
            check(settled[0])
        except AnswersError as error:
            settled = None
            say(problems(error))
            # What does not go with a change any more is asked again; what was asked now, the user chooses.
            if stale := {problem.key for problem in error.problems} & set(kept):
                kept = {key: value for key, value in asked.items() if key not in stale}
                continue
        else:
            say(summary(directory, *settled))
        choice = _next(may_write=settled is not None)
        if choice == "write" and settled is not None:
            return settled
        if choice == "quit":
            raise StoppedError(_QUIT)
        kept = _kept(asked)


def _answered(given: dict[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """What was given with what was asked; a question without a point takes back what was given to it."""
    raw = merged(given, asked)
    for name in CONDITIONS:
        if name not in asked and dotted.get(raw, name) is not None:
            dotted.put(raw, name, None)
    return raw


def opening(answers: Answers) -> str:
    """What to know before the first question."""
    number = sum(_applies(key, answers) for key in ASKED)
    return (
        f"About {number} questions. Enter takes what is shown, Ctrl-C ends and writes nothing.\n"
        "At the end you see a summary, and can change every answer."
    )


def _applies(key: str, answers: Answers) -> bool:
    """Whether a question has a point, as far as is known before it is asked."""
    if key == "previews.enabled":
        return previews_possible(msgspec.to_builtins(answers), {})
    conditions = by_name()[key].applies if key in by_name() else {}  # services are more than one key
    return all(answer(answers, needed) in wanted for needed, wanted in conditions.items())


def _named(raw: dict[str, Any], name: str) -> dict[str, Any]:
    """The answers, with a name for the project where they have none."""
    return raw if not name or dotted.get(raw, "project.name") is not None else merged(raw, {"project.name": name})


def _slug(directory: Path) -> str:
    """The folder's name as a project name; "" where it cannot be one."""
    name = re.sub(r"[^a-z0-9]+", "-", directory.resolve().name.lower())
    return name.lstrip("-0123456789")[:63].rstrip("-")


def _run(raw: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Runs the questions, but for those that are `kept`; returns the answers by key.

    Raises StoppedError where the user ends it, with Ctrl-C or Ctrl-D.
    """
    from copier import Settings, run_copy  # noqa: PLC0415 -- 0.4 s, only paid when questions are asked
    from copier.errors import CopierAnswersInterrupt, CopierError, InteractiveSessionError  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="agency-scaffold-") as folder:
        try:
            # Settings() keeps the user's own Copier settings out, which would silently change answers.
            # unsafe: the extension that the questionnaire names is our own.
            run_copy(
                str(places.templates() / "questionnaire"), folder, user_defaults=_defaults(raw),
                data={question(key): value for key, value in kept.items()} | {"given": raw, "kept": list(kept)},
                quiet=True, overwrite=True, unsafe=True, settings=Settings(),
            )  # fmt: skip
        except (CopierAnswersInterrupt, KeyboardInterrupt, InteractiveSessionError) as error:  # the last: Ctrl-D
            raise StoppedError(_QUIT) from error
        except CopierError as error:
            raise ScaffoldError(f"the questionnaire failed: {error}", hint="Use --answers or --set instead.") from error
        asked: dict[str, Any] = json.loads((Path(folder) / "answers.json").read_text(encoding="utf-8"))
    return {key: asked[question(key)] for key in ASKED if asked.get(question(key)) is not None}


def _defaults(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What was answered before, as defaults of the questions."""
    out: dict[str, Any] = {}
    for key in ASKED:
        value = dotted.get(raw, key)
        if value is None or key in OFFERED:
            continue
        if key == "services":
            out["services"] = service_words(value)
        elif by_name()[key].choices:
            out[question(key)] = value
        else:
            out[question(key)] = ", ".join(map(str, value)) if by_name()[key].many else str(value)
    return out


def _next(*, may_write: bool) -> str:
    """What to do with the answers: "write", "change" or "quit"."""
    options = {"Change the answers": "change", "Quit, write nothing": "quit"}
    return _select("What next?", ({"Write the repository": "write"} if may_write else {}) | options)


def _kept(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that are not asked again. Questions that only now get a point are in neither."""
    titles = [*dict.fromkeys(map(title, asked)), EVERYTHING]
    chosen = _select("Which answers?", {text: text for text in titles})
    return {key: value for key, value in asked.items() if chosen not in {title(key), EVERYTHING}}


def _select(message: str, options: Mapping[str, str]) -> str:
    import questionary  # noqa: PLC0415 -- comes with Copier, and is as slow

    choices = [questionary.Choice(text, value) for text, value in options.items()]
    try:
        return str(questionary.select(message, choices, qmark="").unsafe_ask())
    except (KeyboardInterrupt, EOFError) as error:
        raise StoppedError(_QUIT) from error


def summary(directory: Path, answers: Answers, fallbacks: tuple[Fallback, ...]) -> str:
    """What is about to be written, at most 80 columns wide."""
    lines = [
        textwrap.fill(
            text, COLUMNS - 1, initial_indent=f"  {name:<12}", subsequent_indent=" " * 14, break_on_hyphens=False
        )
        for name, text in _rows(directory, answers, fallbacks)
        if text
    ]
    return "\n".join(["", "Summary", *lines, ""])


def _rows(directory: Path, answers: Answers, fallbacks: tuple[Fallback, ...]) -> Iterator[tuple[str, str]]:
    project, data = answers.project, answers.data
    yield "folder", str(directory)
    yield "project", project.name
    yield "about", project.description
    yield "repository", project.repository
    yield "owner", project.owner
    yield "domain", project.domain
    for s in answers.services:
        place = "the repository's root" if s.path == "." else s.path
        when = f"at {s.schedule} (UTC)" if s.kind == "job" else f"port {s.port}"
        yield "service", f"{s.name}: {s.kind}, {s.language} {s.version}, {when}, in {place}"
    yield "runs on", f"{answers.cloud.provider} {answers.cloud.region}, {answers.orchestration.platform}"
    yield "releases", ", ".join(_releases(answers))
    yield "walk", " -> ".join(answers.environments)
    yield "previews", "for each pull request with the label preview" if answers.previews.enabled else ""
    yield "pipelines", f"{answers.ci.system}, {answers.iac.tool}"
    yield "database", "" if data.database == "none" else f"{data.database}, backups kept {_days(answers)}"
    yield "data", ", ".join(_stores(answers))
    dashboards = ", dashboards" if answers.monitoring.dashboards else ""
    yield "monitoring", f"{answers.monitoring.backend}{dashboards}, alerts to {', '.join(answers.monitoring.channels)}"
    yield "SLO", f"{answers.slo.availability:g} % of requests good in 30 days"
    yield "scanners", ", ".join(answers.security.scanners) or "none"
    yield "budget", f"{answers.cost.monthly_budget_usd} USD a month for each environment"
    for f in fallbacks:
        yield "replaced", f"{f.key}: {word(f.taken)} instead of {word(f.default)}: {f.why}"


def _releases(answers: Answers) -> Iterator[str]:
    """Who releases how: all that was answered of it, and how long a version is watched."""
    deployment, delivery = answers.deployment, answers.orchestration.delivery
    ours = "ECS" if answers.orchestration.platform == "ecs" else "our scripts"
    yield f"{deployment.strategy} by {ours if delivery == 'native' else delivery}"
    if strategies.kind(answers).in_parts:
        yield f"{word(deployment.canary_steps)} % over {deployment.canary_minutes} min"
    yield f"then watched for {deployment.bake_minutes} min"


def _days(answers: Answers) -> str:
    days = answers.backup.retention_days
    return "1 day" if days == 1 else f"{days} days"


def _stores(answers: Answers) -> Iterator[str]:
    if answers.data.cache != "none":
        yield f"cache {answers.data.cache}"
    if answers.data.object_storage:
        yield "a bucket for files"
    if answers.data.cdn:
        yield "a CDN"
