"""The configuration of yet-another-cloudwatch-exporter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from generator import facts, schedules
from generator.component import Answers, Service, load_yaml

_DAY: Final = 24 * 3600
_KEPT: Final = ((_DAY, 60), (15 * _DAY, 300), (schedules.MEMORY, 3600))
"""Seconds back, and the period that is asked for so far back: CloudWatch joins old values, and answers have a size."""


def jobs(answers: Answers, flags: Mapping[str, bool]) -> list[dict[str, Any]]:
    """Its discovery jobs: resources of this project and environment, with exactly these dimensions."""
    runs = (row for job in facts.jobs(answers) for row in _successes(job))
    return [_job(answers, row) for row in (*_rows(flags), *runs)]


def _rows(flags: Mapping[str, bool]) -> Iterator[dict[str, Any]]:
    for row in load_yaml(__file__, "cloudwatch.yml"):
        if "when" not in row or flags[row["when"]]:
            yield row


def _successes(job: Service) -> Iterator[dict[str, Any]]:
    """Whether a run of a job succeeded within its time, and whether one ever did. 0 where none did.

    The newest value within `length` is taken, and EventBridge sends none that is 0. CloudWatch remembers more than the
    Prometheus of a task, which begins anew with it.
    """
    within = schedules.window(job)
    period = next((period for back, period in _KEPT if within <= back), 0)
    if not period:
        return
    row = {
        "type": "AWS/Events",
        "dimensions": ["RuleName"],
        "tags": {"Job": f"{job.name}-succeeded"},
        "zero": ["Invocations"],
        "delay": 120,
    }
    yield row | {"metrics": {"Invocations": "SampleCount"}, "period": period, "length": -(-within // period) * period}
    yield row | {"metrics": {"Invocations": "Maximum"}, "period": _DAY, "length": schedules.MEMORY}


def _job(answers: Answers, row: dict[str, Any]) -> dict[str, Any]:
    period = row.get("period", 60)
    return {
        "type": row["type"],
        "regions": [answers.cloud.region],
        "searchTags": [
            {"key": "Project", "value": f"^{facts.project(answers)}$"},
            {"key": "Environment", "value": "^undeployed$"},
            *({"key": key, "value": f"^{value}$"} for key, value in row.get("tags", {}).items()),
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
