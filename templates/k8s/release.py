"""What the scripts of a release know from the answers."""

from __future__ import annotations

from dataclasses import dataclass

from generator import facts
from generator.component import Answers


@dataclass(frozen=True)
class Release:
    """What the release scripts need from the answers."""

    project: str
    namespace: str
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


def plain_http(answers: Answers, environment: str) -> bool:
    """Whether an environment is reached without TLS: only where there is no domain, and never in production."""
    return not answers.project.domain and environment != answers.production


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
        " ".join((name, s.name, "http" if plain_http(answers, name) else "https", facts.host(answers, s, name)))
        for name in answers.environments
        for s in facts.public(answers)
    )
    return Release(
        project=facts.project(answers),
        namespace=facts.namespace(answers),
        environments=" ".join(answers.environments),
        services=services,
        routes=routes,
        max_error_rate=answers.deployment.max_error_rate,
        max_p95_ms=answers.deployment.max_p95_ms,
        bake_seconds=answers.deployment.bake_minutes * 60,
        database="yes" if answers.data.database != "none" else "no",
        prometheus="yes" if answers.monitoring.backend == "prometheus" else "no",
    )
