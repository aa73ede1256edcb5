"""The alert on runs that nearly used up their time: the minutes in it follow from each job's schedule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from generator import schedules
from generator.component import Service

_UNDER_WAY: Final = "aws_ecs_containerinsights_cpu_reserved_average"
_IN_A_MINUTE: Final = 4
"""Values of a series of a test, which follow each other every 15 seconds."""


def long_runs(jobs: Iterable[Service]) -> dict[str, Any]:
    """The words of ScheduledJobSlow and of its tests; nothing where no job has it."""
    minutes = {job.name: schedules.long_run(job) for job in jobs}
    names = {long: [n for n, one in minutes.items() if one == long] for long in sorted(set(minutes.values()) - {0})}
    if not names:
        return {}
    longest = max(names)
    return {
        "LONG": "\nor\n".join(_long(long, some) for long, some in names.items()),
        "SHORT_TEXT": _without([name for name, long in minutes.items() if not long]),
        "LONG_RUNS": [_series(name, f"256x{_IN_A_MINUTE * longest}") for some in names.values() for name in some]
        + [_series("another", f"256x{_IN_A_MINUTE * longest}")],
        # The first minute is minute 0.
        "LONG_FIRES": [
            row
            for long in names
            for row in (
                _look(f"{long - 2}m45s", [n for one, some in names.items() if one < long for n in some]),
                _look(f"{long - 1}m", [n for one, some in names.items() if one <= long for n in some]),
            )
        ],
        "TWO_RUNS": [
            _series(name, f"{_run(long)} stale _x23 {_run(long)} stale")
            for long, some in names.items()
            for name in some
        ],
        "TWO_SILENT": [
            _look(f"{minute}m", []) for long in names for minute in (long - 2, long + 1, 2 * long, 2 * long + 2)
        ],
    }


def _long(minutes: int, names: list[str]) -> str:
    """A run of one of these jobs was under way in each of so many minutes."""
    return f'count_over_time({_UNDER_WAY}{{service=~"{"|".join(names)}"}}[{minutes}m:1m]) >= {minutes}'


def _without(names: list[str]) -> str:
    if not names:
        return ""
    return f" It never fires for {', '.join(names)}: their runs are over before CloudWatch tells that they last long."


def _run(long: int) -> str:
    """A run that is told for a minute less than one that is long."""
    return f"256x{_IN_A_MINUTE * (long - 2)}"


def _look(moment: str, firing: list[str]) -> dict[str, Any]:
    return {"eval_time": moment, "exp_alerts": [_alert(name) for name in firing]}


def _alert(name: str) -> dict[str, Any]:
    return {
        "exp_labels": {"job": "cloudwatch", "service": name},
        "exp_annotations": {
            "summary": f"{name} has nearly used up its time",
            "description": f"A run of {name} has lasted for 80 % of the time that it may.",
        },
    }


def _series(name: str, values: str) -> dict[str, str]:
    return {"series": f'{_UNDER_WAY}{{job="cloudwatch", service="{name}"}}', "values": values}
