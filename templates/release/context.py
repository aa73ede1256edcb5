"""What the scripts of a release know from the answers, whatever runs the services."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import facts
from generator.component import Answers, Part, Parts, builds, contributes, load_parts


@dataclass(frozen=True)
class Context:
    """The names that the templates see."""

    release: Release


@dataclass(frozen=True)
class Release:
    """What the release scripts need from the answers."""

    project: str
    environments: str
    services: str
    """A line each: name, kind, port, health path, `metrics` or `none`, repository of the image."""
    routes: str
    """A line for each public service in each environment: environment, service, scheme, host."""
    max_error_rate: float
    max_p95_ms: int
    bake_seconds: int
    database: str
    prometheus: str


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The answers, as shell variables."""
    return Context(release=release_of(answers))


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """The targets that call the scripts, and what a judge needs of the services."""
    judged = answers.monitoring.backend == "prometheus" and any(
        facts.has_request_metrics(s) for s in facts.long_running(answers)
    )
    yield from load_parts(__file__, "parts.yml", flags={"metered": judged})


def release_of(answers: Answers) -> Release:
    """What the scripts of a release know from the answers."""
    services = "\n".join(
        " ".join(
            (
                s.name,
                s.kind,
                str(s.port),
                s.health_path,
                "metrics" if facts.has_request_metrics(s) else "none",
                facts.repository(answers, s),
            )
        )
        for s in answers.services
    )
    routes = "\n".join(
        " ".join((name, s.name, "http" if facts.plain_http(answers, name) else "https", facts.host(answers, s, name)))
        for name in answers.environments
        for s in facts.public(answers)
    )
    return Release(
        project=facts.project(answers),
        environments=" ".join(answers.environments),
        services=services,
        routes=routes,
        max_error_rate=answers.deployment.max_error_rate,
        max_p95_ms=answers.deployment.max_p95_ms,
        bake_seconds=answers.deployment.bake_minutes * 60,
        database="yes" if answers.data.database != "none" else "no",
        prometheus="yes" if answers.monitoring.backend == "prometheus" else "no",
    )
