"""Services that run on a schedule: a schedule each, the alerts on their runs, and what people do with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from generator import facts, schedules
from generator.component import Answers, AnswersError, Part, Parts, Service, builds, contributes, load_parts
from generator.formats import to_hcl
from generator.parts import RootVariable

from .alerts import long_runs
from .expression import expression
from .reach import unreachable

TESTS: Final = "tests-first-environment"
"""A long stack's name, with which tests see how names are cut."""

_LOCKS: Final = {
    "postgres": " (pg_try_advisory_lock, on a connection that it keeps)",
    "mysql": " (GET_LOCK with a timeout of 0, on a connection that it keeps)",
}
"""How a job takes a lock, by database."""


@dataclass(frozen=True)
class JobView:
    """A job as Terraform sees it."""

    key: str
    line: str
    schedule: str
    start_limit: int
    database: bool
    mail: bool
    cpu: int
    memory: int


@dataclass(frozen=True)
class Context:
    """The names that the templates see."""

    any: bool
    terraform: bool
    watched: bool
    architecture: str
    jobs: tuple[JobView, ...]
    domain: bool
    database: bool
    mail: bool
    database_group: str
    mail_group: str
    long_job: str
    long_project: str
    long_environment: str
    long_role: str
    long_rule: str


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The view-model of the jobs."""
    jobs = facts.jobs(answers)
    terraform = answers.iac.tool == "terraform" and bool(jobs)
    database = answers.data.database != "none"
    mail = any(facts.sends_mail(s) for s in answers.services)
    job = "a-job-with-a-really-very-long-name"
    return Context(
        any=bool(jobs),
        terraform=terraform,
        watched=terraform and answers.monitoring.backend == "prometheus",
        architecture=facts.FARGATE_ARCHITECTURES[answers.orchestration.architecture],
        jobs=tuple(_job(answers, s) for s in jobs),
        domain=bool(answers.project.domain),
        database=database,
        mail=mail,
        database_group="aws_security_group.database_clients.id" if database else '""',
        mail_group="aws_security_group.mail.id" if mail else '""',
        long_job=job,
        long_project=TESTS.rpartition("-")[0],
        long_environment=TESTS.rpartition("-")[2],
        long_role=facts.short(facts.LONGEST_ROLE, TESTS, job, "schedule"),
        long_rule=facts.short(schedules.LONGEST_RULE, TESTS, "job", job, "succeeded"),
    )


def _job(answers: Answers, service: Service) -> JobView:
    cpu, memory = facts.task_size(facts.REPLICA_SIZES[service.size])
    return JobView(
        key=service.name if service.name.replace("-", "a").isalnum() else to_hcl(service.name),
        line=service.schedule,
        schedule=expression(service.schedule),
        start_limit=facts.job_start_limit(service),
        database=facts.uses_database(answers, service),
        mail=facts.sends_mail(service),
        cpu=cpu,
        memory=memory,
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What jobs add to the files of others; raises AnswersError for an address that no job can reach."""
    jobs = facts.jobs(answers)
    if not jobs:
        return
    if problems := tuple(unreachable(answers)):
        raise AnswersError(problems)
    yield RootVariable(root="main", environment="", name="job_settings", value=_assumed(answers), position=60)
    words, lists = _words(answers), {"jobs": [_row(answers, s) for s in jobs]}
    flags = {"database": answers.data.database != "none"}
    if answers.monitoring.backend == "prometheus":
        long = long_runs(jobs)
        yield from load_parts(__file__, "alerts/jobs.yml", words | long, flags | {"long_runs": bool(long)})
    for name in ("access", "parts", "runbooks"):
        yield from load_parts(__file__, f"{name}.yml", words, flags, lists)


def _words(answers: Answers) -> dict[str, Any]:
    """What stands for the `<WORDS>` of the data files."""
    jobs = facts.jobs(answers)
    rare = ", ".join(s.name for s in jobs if schedules.window(s) > schedules.MEMORY)
    return {
        "STACK": facts.stack(answers, answers.production),
        # Commands of alerts say ENVIRONMENT, which the runbook sets.
        "CLUSTER": f"{facts.project(answers)}-$ENVIRONMENT",
        "PRODUCTION": answers.production,
        "EXAMPLE": jobs[0].name,
        "NAMES": ", ".join(s.name for s in jobs),
        "LOCK": _LOCKS.get(answers.data.database, ""),
        "RARE_TEXT": f" CloudWatch forgets after 15 months, so it never fires for {rare}." if rare else "",
    }


def _row(answers: Answers, service: Service) -> dict[str, Any]:
    start, limit = span(facts.job_start_limit(service)), span(facts.job_limit(service))
    return {
        "SERVICE": service.name,
        "LANGUAGE": service.language,
        "VALUES": [f"`{service.schedule}`; late by {start}, lasts {limit}"] * len(answers.environments),
    }


def _assumed(answers: Answers) -> dict[str, Any]:
    """Of a job that uses what there is, and one that uses nothing."""
    cpu, memory = facts.task_size(facts.REPLICA_SIZES["small"])
    size = {"cpu": cpu, "memory": memory}
    database = answers.data.database != "none"
    return {
        "nightly": size | {"schedule": "cron(0 3 * * ? *)", "start_seconds": 600, "database": database, "mail": True},
        "tick": size | {"schedule": "cron(* * * * ? *)", "start_seconds": 60, "database": False, "mail": False},
    }


def span(seconds: int) -> str:
    """A time in words: whole hours, or minutes."""
    return f"{seconds // 3600} h" if seconds % 3600 == 0 else f"{seconds // 60} min"
