"""The configuration of yet-another-cloudwatch-exporter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator import facts
from generator.component import Answers, load_yaml


def jobs(answers: Answers, flags: frozenset[str]) -> list[dict[str, Any]]:
    """Its discovery jobs: resources of this project and environment, with exactly these dimensions."""
    return [_job(answers, row) for row in _rows(flags)]


def _rows(flags: frozenset[str]) -> Iterator[dict[str, Any]]:
    for row in load_yaml(__file__, "cloudwatch.yml"):
        if "when" not in row or row["when"] in flags:
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
