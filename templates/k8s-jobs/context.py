"""Services that run on a schedule: a CronJob each, the alerts on their runs, and what people do with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import facts
from generator.component import Answers, Part, Parts, Service, builds, contributes, load_parts

from .alerts import alerts, span


@dataclass(frozen=True)
class JobView:
    """A job as its CronJob sees it."""

    name: str
    schedule: str
    start_limit: int
    limit: int
    has_secrets: bool
    has_any_secret: bool
    cpu: str
    memory: str


@dataclass(frozen=True)
class Context:
    """The names that the template sees."""

    any: bool
    jobs: tuple[JobView, ...]
    has_database: bool


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The view-model of the jobs."""
    jobs = tuple(_job(answers, s) for s in facts.jobs(answers))
    return Context(any=bool(jobs), jobs=jobs, has_database=answers.data.database != "none")


def _job(answers: Answers, service: Service) -> JobView:
    millis, mib = facts.REPLICA_SIZES[service.size]
    return JobView(
        name=service.name,
        schedule=service.schedule,
        start_limit=facts.job_start_limit(service),
        limit=facts.job_limit(service),
        has_secrets=bool(service.secrets),
        has_any_secret=bool(service.secrets) or answers.data.database != "none",
        cpu=f"{millis}m",
        memory=f"{mib}Mi",
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What jobs add to the files of others; nothing where there are none."""
    jobs = facts.jobs(answers)
    if not jobs:
        return
    if answers.monitoring.backend == "prometheus":
        yield from alerts(answers)
    words = {
        "KUBECTL": f"kubectl --namespace {facts.namespace(answers)}",
        "EXAMPLE": jobs[0].name,
        "PRODUCTION": answers.production,
        "NAMES": " ".join(s.name for s in jobs),
    }
    each = [
        {
            "SERVICE": s.name,
            "VALUES": [f"`{s.schedule}`; late by {span(facts.job_start_limit(s))}, lasts {span(facts.job_limit(s))}"]
            * len(answers.environments),
        }
        for s in jobs
    ]
    yield from load_parts(__file__, "parts.yml", words, (), {"jobs": each})
