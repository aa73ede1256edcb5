"""Asks in a terminal. Copier asks the questions; we summarise, and ask what to do with the answers."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from generator import places
from generator.answers import Answers, dotted
from generator.answers.keys import by_name
from generator.answers.load import services_line, value_of
from generator.errors import AnswersError, ScaffoldError
from generator.reporters.text import problems
from generator.served import Fallback, settle

ASKED: Final = (
    "project.name", "project.description", "project.repository", "project.owner", "project.domain",
    "services",
    "cloud.provider", "cloud.region",
    "orchestration.platform", "orchestration.delivery",
    "deployment.strategy", "deployment.canary_steps", "deployment.canary_minutes",
    "environments", "previews.enabled",
    "ci.system", "iac.tool",
    "data.database", "backup.retention_days",
    "monitoring.backend", "monitoring.dashboards", "monitoring.channels", "slo.availability",
    "security.scanners", "cost.monthly_budget_usd",
)  # fmt: skip
"""The keys that are asked, in order; all others keep their default until somebody edits the file."""


class QuitError(ScaffoldError):
    """The user wants nothing to be written."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("nothing was written: you quit")


def can_ask() -> bool:
    """Whether somebody is there to answer: a terminal on both sides, and no CI."""
    terminals = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
    return terminals and not os.environ.get("CI")


def ask(given: dict[str, Any], directory: Path) -> tuple[Answers, tuple[Fallback, ...]]:
    """Asks until the user writes or quits (raises QuitError); `given` are the defaults of the questions."""
    import questionary  # noqa: PLC0415 -- 0.4 s with Copier, only paid when questions are asked

    raw = given
    while True:
        asked = _run(_defaults(raw, directory))
        settled = None
        try:
            raw = merged(raw, asked)
            settled = settle(raw)
        except AnswersError as error:
            print(problems(error))
        options = [
            questionary.Choice("Change the answers", "change"),
            questionary.Choice("Quit, write nothing", "quit"),
        ]
        if settled is not None:
            print(summary(*settled))
            options.insert(0, questionary.Choice("Write the repository", "write"))
        choice = questionary.select("What next?", options, qmark="").unsafe_ask()
        if choice == "quit":
            raise QuitError
        if choice == "write" and settled is not None:
            return settled


def question(key: str) -> str:
    """The name of a key's question: the first dot becomes `_`, as Copier's names are Jinja names."""
    return key.replace(".", "_", 1)


def _run(defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Runs the questions; returns the answers by key. Raises QuitError on Ctrl-C."""
    from copier import Settings, run_copy  # noqa: PLC0415
    from copier.errors import CopierAnswersInterrupt, CopierError  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="agency-scaffold-") as folder:
        try:
            # Settings() keeps the user's own Copier settings out, which would silently change answers.
            run_copy(
                str(places.templates() / "questionnaire"), folder, user_defaults=dict(defaults),
                quiet=True, overwrite=True, settings=Settings(),
            )  # fmt: skip
        except (CopierAnswersInterrupt, KeyboardInterrupt) as error:
            raise QuitError from error
        except CopierError as error:
            raise ScaffoldError(f"the questionnaire failed: {error}", hint="Use --answers or --set instead.") from error
        asked: dict[str, Any] = json.loads((Path(folder) / "answers.json").read_text(encoding="utf-8"))
    return {key: asked[question(key)] for key in ASKED if asked.get(question(key)) is not None}


def _defaults(raw: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    """What was answered before, as defaults of the questions; only what is plain enough to be one."""
    out: dict[str, Any] = {"project_name": _slug(directory)} if _slug(directory) else {}
    for key in ASKED:
        value = dotted.get(raw, key)
        if value is None:
            continue
        if key == "services":
            out["services"] = service_words(value)
        elif isinstance(value, (list, tuple)) and not by_name()[key].choices:
            out[question(key)] = ", ".join(map(str, value))
        else:
            out[question(key)] = value
    return out


def _slug(directory: Path) -> str:
    """The folder's name as a project name, where it can be one."""
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in directory.resolve().name.lower()).strip("-")
    return name[:63].rstrip("-") if name[:1].isalpha() else ""


def service_words(services: Any) -> str:
    """Services in the grammar of the one-line question."""
    out = []
    for service in services if isinstance(services, (list, tuple)) else ():
        words = [str(service.get(k, "")) for k in ("name", "kind", "language", "port")]
        out.append(":".join(words).rstrip(":"))
    return ", ".join(out)


def merged(raw: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """The earlier answers with what was asked put in; details of services that keep their name stay."""
    out: dict[str, Any] = {k: dict(v) if isinstance(v, Mapping) else v for k, v in raw.items()}
    for name, value in asked.items():
        if name == "services":
            before = {s.get("name"): s for s in out.get("services") or () if isinstance(s, Mapping)}
            out["services"] = [{**before.get(s["name"], {}), **s} for s in services_line(value)]
            continue
        key = by_name()[name]
        dotted.put(out, name, value_of(key, value) if key.many and isinstance(value, str) else value)
    return out


def summary(answers: Answers, fallbacks: tuple[Fallback, ...]) -> str:
    """What is about to be written, at most 80 columns wide."""
    width = 76
    rows = [
        (
            "project",
            f"{answers.project.name}  {answers.project.repository}  {answers.project.domain}".strip(),
        ),
        *(
            ("service", f"{s.name}: {s.kind}, {s.language} {s.version}, port {s.port}, {s.path}")
            for s in answers.services
        ),
        ("runs on", f"{answers.cloud.provider} {answers.cloud.region}, {answers.orchestration.platform}"),
        ("releases", f"{answers.deployment.strategy}, {' -> '.join(answers.environments)}"),
        ("pipelines", f"{answers.ci.system}, {answers.iac.tool}"),
        ("data", f"database {answers.data.database}, cache {answers.data.cache}"),
        ("monitoring", f"{answers.monitoring.backend}, {', '.join(answers.monitoring.channels)}"),
        ("budget", f"{answers.cost.monthly_budget_usd} USD a month and environment"),
        *(("not yet", f"{f.key}: {f.taken} is taken, {f.default} is not served yet") for f in fallbacks),
    ]
    lines = (f"  {name:<11}{text}" for name, text in rows)
    return "\n".join(
        ["", "Summary", *(line if len(line) <= width else line[: width - 3] + "..." for line in lines), ""]
    )
