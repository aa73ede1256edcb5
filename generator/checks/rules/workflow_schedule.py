"""Times of schedules exist, and GitHub can read them

GitHub refuses a workflow whose `cron` is none: five fields (minute, hour, day, month, day of the week),
in UTC. A time that never comes, such as the 30th of February, makes no run at all, and nothing says so.
More often than every five minutes GitHub does not run.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from generator.checks.formats import yaml
from generator.checks.models import cron, github
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources
from generator.finding import Severity

FORMAT = Format.GITHUB

_FORM: Final = (
    "Write minute (0-59), hour (0-23), day (1-31), month (1-12) and day of the week (0-7), as in 0 3 * * 1-5."
)


def files(sources: Sources) -> Iterator[str]:
    return (path for path in github.workflow_paths(sources) if yaml.root(sources, path).at("on", "schedule"))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for row in yaml.root(sources, path).at("on", "schedule").items:
        given = row.at("cron")
        try:
            times = cron.of_github(given.text) if given.text else ()
        except cron.CronError as wrong:
            fix = "Write a day that the month has." if str(wrong).startswith("no such month") else _FORM
            yield at(given, f"{given.text} is no time: {wrong}", fix)
            continue
        if times and _often(times[0]):
            message = f"GitHub runs no more often than every 5 minutes, not {given.text}"
            yield at(given, message, "Write */5 or a larger step for the minute.", severity=Severity.WARNING)


def _often(minutes: frozenset[int]) -> bool:
    return any(later - one < 5 for one, later in pairwise(sorted(minutes)))
