"""What the services need of the workflows: rows of matrices, runtimes, a database, scans and updates."""

from __future__ import annotations

from generator import facts
from generator.component import Answers, Parts, Service, pins
from generator.parts import UpdateSource

from .tables import TABLES, Row


def _row(service: Service, **more: str) -> Row:
    runtime = {"manager": service.package_manager, "version": service.version}
    return {"service": service.name, "path": service.path} | runtime | more


def rows_of(answers: Answers, *kinds: str) -> tuple[Row, ...]:
    """One row of a matrix for each service and kind of test that it has a command for."""
    return tuple(
        _row(s, kind=kind, command=getattr(s.commands, kind), port=str(s.port), migrate=s.commands.migrate)
        for s in answers.services
        for kind in kinds
        if getattr(s.commands, kind)
    )


def live_rows(answers: Answers) -> tuple[Row, ...]:
    """The services whose end-to-end tests can reach a released host before production."""
    there = answers.project.domain and len(answers.environments) > 1
    services = [s for s in facts.public(answers) if s.commands.e2e and there]
    return tuple(_row(s, command=s.commands.e2e, host=facts.host(answers, s, answers.production)) for s in services)


def uses_of(answers: Answers, tools: set[str]) -> dict[str, bool]:
    """Which package managers, runtimes, scanners and tools of checks occur."""
    managers = {s.package_manager for s in answers.services}
    there = {*managers, *answers.security.scanners, *tools}
    shared = {name: bool(managers & set(some)) for name, some in TABLES["runtimes"].items()}
    return {name: name in there for name in TABLES["uses"]} | shared


def database_of(answers: Answers) -> Row:
    """The database that integration tests get; empty without one."""
    kind = answers.data.database
    return {"image": pins().image(kind), **TABLES["databases"][kind]} if kind != "none" else {}


def codeql_of(answers: Answers) -> tuple[Row, ...]:
    """The languages of the services, and that of the workflows themselves."""
    found = {row["language"]: row for s in answers.services if (row := TABLES["codeql"].get(s.language))}
    return ({"language": "actions", "build": "none"}, *(found[name] for name in sorted(found)))


def updates_of(answers: Answers, parts: Parts) -> tuple[Row, ...]:
    """The ecosystems that Dependabot keeps up to date."""
    folders: dict[str, set[str]] = {}
    for source in parts.of(UpdateSource):
        folders.setdefault(source.ecosystem, set()).add(source.directory)
    for service in answers.services:
        if ecosystem := TABLES["ecosystems"].get(service.package_manager):
            folders.setdefault(ecosystem, set()).add("/" if service.path == "." else f"/{service.path}")
    return tuple({"ecosystem": name, "directories": sorted(paths)} for name, paths in sorted(folders.items()))
