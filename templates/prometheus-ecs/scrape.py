"""What Prometheus scrapes on ECS: the tasks of the services, and the exporters of its own task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from generator import facts, schedules, shifts
from generator.component import Answers, Service
from generator.parts import ScrapeJob

LIMITS: Final = {"sample_limit": 20000, "label_limit": 40, "label_value_length_limit": 500, "body_size_limit": "20MB"}
"""What one target may expose at most, so that one service cannot fill the storage of all."""
CLUSTER: Final = "arn:undeployed"
"""What Terraform replaces with the ARN of the cluster."""
_SERVICE: Final = "__meta_ecs_service"
EVENTS: Final = ("deployments-failed", "password-rotated", "tasks-failed", "tasks-spot", "tasks-unhealthy")
"""Ends of the names of the rules that count events."""


def services_job(answers: Answers) -> ScrapeJob:
    """Every running task of a service, at its service's port and path."""
    scraped = facts.scraped(answers)
    return ScrapeJob(
        name="services",
        comment="The services: every running task, at its service's port. Discovery asks for this cluster alone.",
        config={
            "scrape_interval": "5s",
            "scrape_timeout": "4s",
            **LIMITS,
            "aws_sd_configs": [
                {"role": "ecs", "region": answers.cloud.region, "clusters": [CLUSTER], "refresh_interval": "15s"}
            ],
            "relabel_configs": [
                _rule("keep", [_SERVICE], "|".join(s.name for s in scraped)),
                _rule("keep", ["__meta_ecs_last_status"], "RUNNING"),
                *(_port(port, names) for port, names in _by(scraped, "port")),
                *(_path(path, names) for path, names in _by(scraped, "metrics_path") if path != "/metrics"),
                {"source_labels": [_SERVICE], "target_label": "service"},
                {"source_labels": ["__meta_ecs_tag_task_version"], "target_label": "version"},
                {"source_labels": ["__meta_ecs_task_arn"], "regex": ".+/(.+)", "target_label": "instance"},
            ],
        },
    )


def cloudwatch_job(answers: Answers) -> ScrapeJob:
    """What CloudWatch knows of tasks, load balancer, database and events, by service."""
    groups = {
        service.name: "|".join(
            dict.fromkeys(
                _target_group(answers, service, e, side)
                for side in ("", *([shifts.ALTERNATE] if shifts.shifting(answers) else []))
                for e in answers.environments
            )
        )
        for service in facts.public(answers)
    }
    return ScrapeJob(
        name="cloudwatch",
        comment="CloudWatch, by its exporter: what ECS, the load balancer and the database say of themselves.",
        config={
            "scrape_interval": "60s",
            "static_configs": [{"targets": ["localhost:5000"]}],
            "metric_relabel_configs": [
                {"action": "drop", "source_labels": ["__name__"], "regex": "aws_.+_info"},
                *_without_previews(answers),
                {"source_labels": ["dimension_ServiceName"], "regex": "(.+)", "target_label": "service"},
                *(
                    {
                        "source_labels": ["dimension_TargetGroup"],
                        "regex": f"targetgroup/({names})/.+",
                        "target_label": "service",
                        "replacement": name,
                    }
                    for name, names in groups.items()
                ),
                *_sides(answers),
                {
                    "source_labels": ["dimension_RuleName"],
                    "regex": f".+-({'|'.join(EVENTS)})",
                    "target_label": "event",
                },
                *_of_jobs(answers),
                # The environment has one of each; what tells them apart in AWS only makes series longer.
                {"action": "labeldrop", "regex": "name|region|account_id|account_alias|dimension_.+"},
            ],
        },
    )


def _sides(answers: Answers) -> Iterator[dict[str, Any]]:
    """Which of its two target groups a series of a service is about: without it both would be one series."""
    if shifts.shifting(answers):
        names = [
            _target_group(answers, service, environment, shifts.ALTERNATE)
            for service in facts.public(answers)
            for environment in answers.environments
        ]
        regex = f"targetgroup/({'|'.join(dict.fromkeys(names))})/.+"
        source = ["dimension_TargetGroup"]
        yield {"source_labels": source, "regex": regex, "target_label": "side", "replacement": shifts.ALTERNATE}


def _without_previews(answers: Answers) -> Iterator[dict[str, Any]]:
    """Previews page nobody, and a series of theirs would pass for one of the environment without its dimensions."""
    if answers.previews.enabled:
        for dimension, pattern in (("ServiceName", "pr-[0-9]+-.+"), ("TargetGroup", "targetgroup/pr-[0-9]+-.+")):
            yield {"action": "drop", "source_labels": [f"dimension_{dimension}"], "regex": pattern}


def _of_jobs(answers: Answers) -> Iterator[dict[str, Any]]:
    """What the rules count that know how runs end, and the queue of runs that did not start."""
    every = facts.jobs(answers)
    rules = {
        (job.name, ending): [schedules.rule(answers, environment, job, ending) for environment in answers.environments]
        for job in every
        for ending in schedules.ENDINGS
    }
    by_job = {("service", job.name): [job.name] for job in every}
    by_ending = {("event", f"job-{ending}"): [job.name for job in every] for ending in schedules.ENDINGS if every}
    for (label, value), names in (by_job | by_ending).items():
        wanted = (
            name
            for (job, ending), some in rules.items()
            if job in names and (label == "service" or value == f"job-{ending}")
            for name in some
        )
        yield _renamed("dimension_RuleName", "|".join(wanted), label, value)
    if every:
        queues = "|".join(f"{facts.stack(answers, environment)}-jobs" for environment in answers.environments)
        yield _renamed("dimension_QueueName", queues, "event", "jobs-not-started")
    yield from _under_way(answers, [job for job in every if schedules.long_run(job)])


def _under_way(answers: Answers, jobs: list[Service]) -> Iterator[dict[str, Any]]:
    """What is there while a run lasts, of these jobs; without their families all the others would be one series."""
    for job in jobs:
        families = "|".join(f"{facts.stack(answers, environment)}-{job.name}" for environment in answers.environments)
        yield _renamed("dimension_TaskDefinitionFamily", families, "service", job.name)
    if jobs:
        yield _rule("drop", ["dimension_TaskDefinitionFamily", "service"], ".+;")


def _renamed(source: str, pattern: str, label: str, value: str) -> dict[str, Any]:
    return {"source_labels": [source], "regex": pattern, "target_label": label, "replacement": value}


def _target_group(answers: Answers, service: Service, environment: str, side: str = "") -> str:
    return facts.short(32, facts.stack(answers, environment), service.name, side)


def _by(services: tuple[Service, ...], field: str) -> Iterator[tuple[Any, list[str]]]:
    """The values of a field, each with the services that have it."""
    found: dict[Any, list[str]] = {}
    for service in services:
        found.setdefault(getattr(service, field), []).append(service.name)
    yield from found.items()


def _rule(action: str, sources: list[str], pattern: str) -> dict[str, Any]:
    return {"action": action, "source_labels": sources, "regex": pattern}


def _port(port: int, names: list[str]) -> dict[str, Any]:
    return {
        "source_labels": [_SERVICE, "__meta_ecs_ip_address"],
        "regex": f"(?:{'|'.join(names)});(.+)",
        "target_label": "__address__",
        "replacement": f"$1:{port}",
    }


def _path(path: str, names: list[str]) -> dict[str, Any]:
    return {
        "source_labels": [_SERVICE],
        "regex": "|".join(names),
        "target_label": "__metrics_path__",
        "replacement": path,
    }
