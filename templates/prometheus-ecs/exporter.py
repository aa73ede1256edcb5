"""The configuration of yet-another-cloudwatch-exporter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from generator import facts, schedules
from generator.component import Answers, Service, load_yaml

from .scrape import EVENTS

_DAY: Final = 24 * 3600
_PERIODS: Final = ((_DAY, 60), (5 * _DAY, 300), (15 * _DAY, 900), (60 * _DAY, 3600), (schedules.MEMORY, _DAY))
"""Seconds back, and the period that is asked for: CloudWatch joins old values, and gives 1,440 at most."""
_COUNTED: Final = {"statistics": ["Sum"], "period": 300, "length": 300 + 120}
"""Events of five minutes, which is also the longest time between two looks; CloudWatch is two minutes late."""


def discovered(answers: Answers, flags: Mapping[str, bool]) -> list[dict[str, Any]]:
    """Its discovery jobs: resources of this project and environment, with exactly these dimensions."""
    return [_job(answers, row) for row in _rows(flags)]


def events(flags: Mapping[str, bool]) -> tuple[str, ...]:
    """What is counted wherever it runs, beside the ends of jobs."""
    return tuple(event for event in EVENTS if event != "password-rotated" or flags["database"])


def rule_name(event: str) -> str:
    """What Terraform makes the name of the rule of; no rule has the other name."""
    return f'${{lookup(rules, "{event}", "none")}}'


def counted(answers: Answers, flags: Mapping[str, bool]) -> list[dict[str, Any]]:
    """Its static jobs: rules that count events, by their names.

    Its discovery does not know rules of the default bus and takes those of all environments and of everybody else, and
    it finds no metric that had no value for two weeks, as a monthly job's. Where nothing was counted it tells nothing.
    """
    found = {event: [_COUNTED] for event in events(flags)}
    for job in facts.jobs(answers):
        found |= {f"{job.name}-{ending}": [_COUNTED] for ending in schedules.ENDINGS}
        found[f"{job.name}-succeeded"] = [_COUNTED, *_successes(job)]
    return [
        {
            "name": event,
            "namespace": "AWS/Events",
            "regions": [answers.cloud.region],
            "dimensions": [{"name": "RuleName", "value": rule_name(event)}],
            "metrics": [{"name": "Invocations", **one} for one in metrics],
        }
        for event, metrics in found.items()
    ]


def _successes(job: Service) -> Iterator[dict[str, Any]]:
    """Whether a run of a job succeeded within its time, and whether one ever did.

    CloudWatch remembers more than the Prometheus of a task, which begins anew with it.
    """
    within = schedules.window(job)
    period = next((period for back, period in _PERIODS if within <= back), 0)
    if period:
        yield {"statistics": ["SampleCount"], "period": period, "length": -(-within // period) * period}
        yield {"statistics": ["Maximum"], "period": _DAY, "length": schedules.MEMORY}


def _rows(flags: Mapping[str, bool]) -> Iterator[dict[str, Any]]:
    for row in load_yaml(__file__, "cloudwatch.yml"):
        if "when" not in row or flags[row["when"]]:
            yield row


def _job(answers: Answers, row: dict[str, Any]) -> dict[str, Any]:
    period = row.get("period", 60)
    return {
        "type": row["type"],
        "regions": [answers.cloud.region],
        "searchTags": [
            {"key": "Project", "value": f"^{facts.project(answers)}$"},
            {"key": "Environment", "value": "^undeployed$"},
        ],
        "dimensionNameRequirements": row["dimensions"],
        "period": period,
        "length": row.get("length", period),
        **({"delay": row["delay"]} if "delay" in row else {}),
        "metrics": [
            {"name": name, "statistics": [statistic], **({"nilToZero": True} if name in row.get("zero", ()) else {})}
            for name, statistic in row["metrics"].items()
        ],
    }
