"""Runs Prometheus, Alertmanager and the exporters as a Fargate task, and watches ECS itself."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from generator import facts, monitored, schedules, shifts
from generator.component import Answers, Part, Parts, builds, contributes, load_parts, pins

from .exporter import counted, discovered, events
from .scrape import cloudwatch_job, services_job
from .session import SESSIONS, Session, session_of

VOLUMES: Final = (
    "scratch",
    "prometheus-config",
    "prometheus-data",
    "alertmanager-config",
    "alertmanager-data",
    "exporters",
    "silences",
)
"""Folders that the containers of the task share."""


@dataclass(frozen=True)
class Images:
    """The images that run."""

    prometheus: str
    alertmanager: str
    cloudwatch_exporter: str
    blackbox_exporter: str
    database_exporter: str
    aws_cli: str
    client: str


@dataclass(frozen=True)
class Environment:
    """The public hosts of an environment that are asked for, as Prometheus' discovery by file reads them."""

    name: str
    probes: list[dict[str, Any]]


@dataclass(frozen=True)
class Context:
    """What the templates print."""

    region: str
    images: Images
    volumes: tuple[str, ...]
    metrics_ports: tuple[str, ...]
    ports_out: tuple[str, ...]
    way_out: tuple[int, ...]
    secret_count: int
    alertmanager_keys: str
    discovered: list[dict[str, Any]]
    counted: list[dict[str, Any]]
    events: tuple[str, ...]
    shifting: bool
    """Whether requests are moved from one version to the other."""
    jobs: bool
    """Whether there are rules that count how runs of jobs end."""
    database: bool
    postgres: bool
    mysql: bool
    database_port: int
    session: Session | None
    domain: bool
    probes: bool
    probed_environments: tuple[Environment, ...]


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Scrape jobs and alerts of ECS, what its runbooks need, and what the user must provide."""
    if facts.scraped(answers):
        yield services_job(answers)
    yield cloudwatch_job(answers)
    flags, words = _flags(answers), _words(answers)
    for name in _alerts(flags):
        yield from load_parts(__file__, f"alerts/{name}.yml", words, flags)
    for name in ("parts", "diagnoses", "runbooks", "access"):
        yield from load_parts(__file__, f"{name}.yml", words, flags)


def _alerts(flags: Mapping[str, bool]) -> Iterator[str]:
    yield from ("monitoring", "services")
    yield from (name for name in ("public", "database", "scraped", "probes") if flags[name])
    yield "spot"


def _flags(answers: Answers) -> dict[str, bool]:
    """What entries of the data files may depend on."""
    return {
        "database": facts.database_exporter(answers),
        answers.data.database: facts.database_exporter(answers),
        "probes": bool(facts.probed(answers)),
        "public": bool(facts.public(answers)),
        "scraped": bool(facts.scraped(answers)),
        "jobs": bool(facts.jobs(answers)),
        "long_runs": any(schedules.long_run(s) for s in facts.jobs(answers)),
    }


def _words(answers: Answers) -> dict[str, Any]:
    """What stands for the `<WORDS>` of the data files."""
    public = [s.name for s in facts.public(answers) if s.kind != "job"]
    by_environment = [e == answers.production for e in answers.environments]
    words: dict[str, Any] = {
        "PROJECT": facts.project(answers),
        # Commands say ENVIRONMENT, which the runbook sets.
        "CLUSTER": f"{facts.project(answers)}-$ENVIRONMENT",
        "REGION": answers.cloud.region,
        "PRODUCTION": answers.production,
        "CPU": str(answers.scaling.cpu_percent),
        **_stuck(shifts.open_minutes(answers)),
        "CHANNELS": ", ".join(answers.monitoring.channels),
        "PORTS": facts.notification_ports(answers),
        "PUBLIC": "|".join(public),
        "PUBLIC_NAMES": ", ".join(public),
        "FIRST": next(iter(public), ""),
        "SERVICES": " ".join(s.name for s in answers.services if s.kind != "job"),
        "SIZES": ["1 vCPU, 5 GiB" if production else "0.5 vCPU, 2 GiB" for production in by_environment],
        **_absence([s.name for s in facts.scraped(answers)]),
        "UNREACHABLE": "|".join(_unreachable(_flags(answers))),
        "EXAMPLE_QUERY": _example_query(answers),
        "HISTORY": [f"{400 if production else 60} days, in the workspace" for production in by_environment],
    }
    if database := monitored.DATABASE_EXPORTERS.get(answers.data.database):
        words |= {
            "SQL": database.sql,
            "EXPORTER_PORT": str(database.port),
            "CLIENT_TRIAL": shlex.join(SESSIONS[answers.data.database].command),
            "DATABASE_PORT": str(facts.DATABASE_PORTS[answers.data.database]),
        }
    return words


def _stuck(minutes: int) -> dict[str, Any]:
    """After how long two versions side by side are no release any more, and what its test needs of that."""
    return {"STUCK": str(minutes), "STUCK_BEFORE": f"{minutes - 1}m45s", "STUCK_SAMPLES": str(4 * minutes + 30)}


def _unreachable(flags: Mapping[str, bool]) -> tuple[str, ...]:
    """The alerts that fire while a service cannot be reached."""
    at_entry = ("NoHealthyTarget", "TargetsUnhealthy") if flags["public"] else ()
    return ("ServiceWithoutTask", *at_entry, *monitored.unreachable(scraped=flags["scraped"], probed=flags["probes"]))


def _example_query(answers: Answers) -> str:
    """A query that has an answer: the ratio of errors is recorded where requests are counted."""
    counted = any(facts.has_request_metrics(s) for s in answers.services)
    return "service:http_errors:ratio_rate5m" if counted else "up"


def _absence(scraped: list[str]) -> dict[str, Any]:
    """What the tests of an alert on services that are missed expect: of all, and of all but the first."""
    missed = [
        {
            "exp_labels": {"job": "services", "service": name},
            "exp_annotations": {
                "summary": f"{name}: nothing to scrape",
                "description": f"Prometheus has found no running replica of {name} for 2 minutes.",
            },
        }
        for name in scraped
    ]
    return {"ONE_SCRAPED": next(iter(scraped), ""), "ALL_ABSENT": missed, "OTHERS_ABSENT": missed[1:]}


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The view-model."""
    database = monitored.DATABASE_EXPORTERS.get(answers.data.database)
    image = pins().image
    out = tuple(facts.notification_ports(answers).split(", "))
    return Context(
        region=answers.cloud.region,
        images=Images(
            prometheus=image("prom/prometheus"),
            alertmanager=image("prom/alertmanager"),
            cloudwatch_exporter=image("quay.io/prometheuscommunity/yet-another-cloudwatch-exporter"),
            blackbox_exporter=image("prom/blackbox-exporter"),
            database_exporter=image(database.image) if database else "",
            aws_cli=image("public.ecr.aws/aws-cli/aws-cli"),
            client=image(answers.data.database) if database else "",
        ),
        volumes=(*VOLUMES, *(("database",) if database else ())),
        metrics_ports=tuple(str(port) for port in sorted({s.port for s in facts.scraped(answers)})),
        ports_out=out,
        way_out=tuple(map(int, out)),
        secret_count=2 if database else 1,
        alertmanager_keys=" ".join(facts.alertmanager_keys(answers)),
        discovered=discovered(answers, _flags(answers)),
        counted=counted(answers, _flags(answers)),
        events=events(_flags(answers)),
        shifting=shifts.shifting(answers),
        jobs=bool(facts.jobs(answers)),
        database=database is not None,
        postgres=answers.data.database == "postgres",
        mysql=answers.data.database == "mysql",
        database_port=facts.DATABASE_PORTS.get(answers.data.database, 0),
        session=session_of(answers),
        domain=bool(answers.project.domain),
        probes=bool(facts.probed(answers)),
        probed_environments=tuple(_environment(answers, e) for e in answers.environments if facts.probed(answers)),
    )


def _environment(answers: Answers, name: str) -> Environment:
    return Environment(
        name=name,
        probes=[
            {"targets": [f"https://{facts.host(answers, s, name)}{s.health_path}"], "labels": {"service": s.name}}
            for s in facts.probed(answers)
        ],
    )
