"""Prometheus and Alertmanager: scrape configuration, rules with their tests, and who is told of what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from generator import facts
from generator.component import Answers, Part, Parts, builds, contributes, load_parts, pins
from generator.parts import EVALUATION_INTERVAL, Alert, AlertException, PrometheusSection, ScrapeJob, UnwatchedSeries

from .alerts import alerts
from .notifications import Receiver, receivers
from .recording import RecordingFile, recordings
from .recording_tests import recording_suites
from .rules import Group, Suite, excepted, rule_files
from .services import watched


@dataclass(frozen=True)
class Job:
    """A scrape job as it is printed."""

    comment: str
    config: dict[str, Any]


@dataclass(frozen=True)
class Section:
    """A section of prometheus.yml as it is printed."""

    comment: str
    config: dict[str, Any]


@dataclass(frozen=True)
class Context:
    """What the templates print."""

    evaluation_interval: str
    recordings: list[RecordingFile]
    groups: list[Group]
    suites: list[Suite]
    sections: list[Section]
    jobs: list[Job]
    probes: bool
    email: bool
    production: str
    quiet: tuple[str, ...]
    """The environments that wake nobody."""
    receivers: list[Receiver]
    prometheus_version: str
    discoveries: str
    """How the targets are found, as a pattern of grep."""


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Alerts with their runbooks, what the user must provide, and how all of it is checked."""
    yield from alerts(answers)
    yield from load_parts(__file__, "parts.yml", _words(answers), _flags(answers))


def _flags(answers: Answers) -> frozenset[str]:
    """What entries of parts.yml may depend on: channels, libraries whose requests are judged, hosts asked for."""
    judged = [s for s in answers.services if facts.has_request_metrics(s)]
    libraries = (name for s in judged for name in (s.metrics, f"{s.language}-{s.metrics}"))
    return frozenset([*answers.monitoring.channels, *libraries, *(["probes"] if facts.probed(answers) else [])])


def _words(answers: Answers) -> dict[str, str]:
    """What stands for the `<WORDS>` of parts.yml."""
    mute = " Should the script not get through, mute the service in PagerDuty by a maintenance window, which also ends."
    return {
        "ON_CALL": " and ".join(answers.monitoring.channels),
        "PRODUCTION": answers.production,
        "SERVICE": answers.services[0].name,
        "MUTE": mute if "pagerduty" in answers.monitoring.channels else "",
    }


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """The view-model."""
    known = watched(answers)
    groups, suites = rule_files(answers, excepted(parts.of(Alert), parts.of(AlertException)))
    return Context(
        evaluation_interval=EVALUATION_INTERVAL,
        recordings=recordings(known.sources),
        groups=groups,
        suites=suites + recording_suites(known),
        sections=[Section(s.comment, {s.name: s.config}) for s in parts.of(PrometheusSection)],
        probes=bool(facts.probed(answers)),
        jobs=[_job(job, parts.of(UnwatchedSeries)) for job in parts.of(ScrapeJob)],
        email="email" in answers.monitoring.channels,
        production=answers.production,
        quiet=answers.environments[:-1],
        receivers=receivers(answers),
        prometheus_version=pins().tag("prom/prometheus"),
        discoveries="|".join(
            sorted({key for job in parts.of(ScrapeJob) for key in job.config if key.endswith("_sd_configs")})
        ),
    )


def _job(job: ScrapeJob, unwatched: tuple[UnwatchedSeries, ...]) -> Job:
    """The job without the series that are to tell nothing, which go before anything else is done to them."""
    drops = [
        {"action": "drop", "source_labels": list(one.labels), "regex": one.pattern}
        for one in unwatched
        if one.job == job.name
    ]
    rules = [*drops, *job.config.get("metric_relabel_configs", [])]
    more = {"metric_relabel_configs": rules} if rules else {}
    return Job(job.comment, {"job_name": job.name, **job.config, **more})
