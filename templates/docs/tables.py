"""The tables of the documents: those of `tables.yml`, and those of parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from generator import facts
from generator.component import Answers, Parts, Service, fill, load_yaml
from generator.parts import Alert, Area, CiVariable, Flow, MakeTarget, SizeRow

from .alerts import alerts_table
from .markdown import prose, table
from .targets import commands_table
from .words import WORDS, choices_of, words_of

TABLES: Final[dict[str, dict[str, Any]]] = load_yaml(__file__, "tables.yml")


def rows_of(answers: Answers, names: frozenset[str]) -> dict[str, list[list[str]]]:
    """The rows of the fixed tables of `tables.yml` that hold here."""
    chosen, words = choices_of(answers), words_of(answers)
    return {
        name: [
            [fill(text, words) for text in row["cells"]]
            for row in written["rows"]
            if chosen.issuperset(row.get("when", ())) and names.issuperset(row.get("needs", ()))
        ]
        for name, written in TABLES.items()
        if "rows" in written
    }


def _written_tables(answers: Answers, parts: Parts, rows: dict[str, list[list[str]]]) -> Iterator[tuple[str, str]]:
    """The tables of `tables.yml`: with fixed rows, or with a row for each of something."""
    items = {
        "service": [_service(s) for s in answers.services],
        "long-running service": [_service(s) for s in facts.long_running(answers)],
        "environment": [_environment(answers, e) for e in answers.environments],
        "variable of the pipelines": [_variable(v) for v in parts.of(CiVariable)],
    }
    words = {"ACCOUNT": WORDS["account"][answers.cloud.provider]}
    for name, written in TABLES.items():
        if "each" in written:
            made = [[fill(text, item) for text in written["cells"]] for item in items[written["each"]]]
            yield name, table([fill(word, words) for word in written["head"]], made, written.get("none", ""))
        elif "head" in written:
            yield name, table(written["head"], rows[name])


def tables_of(answers: Answers, parts: Parts, rows: dict[str, list[list[str]]]) -> dict[str, str]:
    """Every table of the documents, as Markdown."""
    alerts = parts.of(Alert)
    return {
        **dict(_written_tables(answers, parts, rows)),
        "commands": commands_table(parts.of(MakeTarget), answers),
        "map": table(
            ("Path", "What it is", "Keep in mind"),
            [(f"`{a.path}`", prose(a.purpose), prose(a.rule)) for a in parts.of(Area)],
        ),
        "sizes": table(
            ("What", *answers.environments),
            [(prose(r.what), *map(prose, r.values)) for r in parts.of(SizeRow)],
            "No sizes are set by this repository.",
        ),
        "hosts": table(
            ("Service", *answers.environments),
            [
                (s.name, *(f"`{facts.host(answers, s, e)}`" for e in answers.environments))
                for s in facts.public(answers)
            ],
            "No service is public.",
        ),
        "flows": table(
            ("From", "To", "Port", "Why", "Enforced by"),
            [tuple(map(prose, (f.source, f.target, f.port, f.why, f.enforced_by))) for f in parts.of(Flow)],
            "No component of this repository describes its flows.",
        ),
        "alerts": alerts_table(alerts, "../runbooks/alerts.md"),
        "alert_index": alerts_table(alerts, ""),
    }


def _service(service: Service) -> dict[str, str]:
    """A service as the tables show it."""
    job, silent = service.kind == "job", service.metrics == "none"
    requests = facts.has_requests(service)
    return {
        "NAME": service.name,
        "KIND": f"job, `{service.schedule}` UTC" if job else service.kind,
        "RUNTIME": service.language
        if service.package_manager == "none"
        else f"{service.language} {service.version} ({service.package_manager})",
        "PATH": service.path,
        "PORT": "none" if job else str(service.port),
        "HEALTH": "none" if job else f"`{service.health_path}`",
        "PUBLIC": "yes" if service.public else "no",
        "VARIABLES": ", ".join(f"`{n}`" for n in (*service.env, *service.secrets)) or "none",
        "SERVES": "requests, health, metrics" if requests else "health, metrics",
        "METRICS": service.metrics,
        "METRICS_PATH": "none" if silent else f"`{service.metrics_path}`",
        "REQUEST_METRICS": WORDS["metrics"][service.metrics] if requests else "none: it answers no requests",
    }


def _environment(answers: Answers, environment: str) -> dict[str, str]:
    """An environment as the tables show it."""
    account = facts.account(answers, environment)
    return {
        "NAME": environment,
        "ID": f"`{account}`" if account else "not named yet",
        "REGION": answers.cloud.region,
        "RELEASED_BY": "a version tag and an approval"
        if environment == answers.production
        else "a merge to the main branch",
        "HOSTS": ", ".join(f"`{facts.host(answers, s, environment)}`" for s in facts.public(answers)) or "none",
        "NETWORK": facts.network_cidr(answers, environment),
    }


def _variable(variable: CiVariable) -> dict[str, str]:
    """A variable of the pipelines as the table shows it."""
    return {
        "NAME": variable.name,
        "KIND": "secret" if variable.secret else "variable",
        "SET_FOR": "each environment" if variable.scope == "environment" else "the repository",
        "SOURCE": WORDS["ci_source"][variable.source],
        "PURPOSE": prose(variable.purpose),
    }
