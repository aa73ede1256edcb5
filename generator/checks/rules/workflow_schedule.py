"""Times of schedules exist, and GitHub can read them

GitHub refuses a workflow whose `cron` is none: five fields (minute, hour, day, month, day of the week),
in UTC. A time that never comes, such as the 30th of February, makes no run at all, and nothing says so.
More often than every five minutes GitHub does not run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from generator.checks.formats import yaml
from generator.checks.models import github
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources
from generator.finding import Severity

FORMAT = Format.GITHUB

_FIELDS: Final = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("day of the week", 0, 7))
_FORM: Final = (
    "Write minute (0-59), hour (0-23), day (1-31), month (1-12) and day of the week (0-7), as in 0 3 * * 1-5."
)
_NAMES: Final = {
    "month": {
        name: str(n)
        for n, name in enumerate(
            ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
        )
    },
    "day of the week": {name: str(n) for n, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))},
}
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def files(sources: Sources) -> Iterator[str]:
    return (path for path in github.workflow_paths(sources) if yaml.root(sources, path).at("on", "schedule"))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for row in yaml.root(sources, path).at("on", "schedule").items:
        cron = row.at("cron")
        times = _times(cron.text) if cron.text else []
        if isinstance(times, str):
            fix = "Write a day that the month has." if times.startswith("no such month") else _FORM
            yield at(cron, f"{times} in the time {cron.text}", fix)
        elif times and _often(times[0]):
            message = f"GitHub runs no more often than every 5 minutes, not {cron.text}"
            yield at(cron, message, "Write */5 or a larger step for the minute.", severity=Severity.WARNING)


def _times(cron: str) -> list[set[int]] | str:
    """The values of the five fields, or what is wrong with one."""
    fields = cron.split()
    if len(fields) != len(_FIELDS):
        return f"there are {len(fields)} fields, not 5,"
    times = []
    for text, (name, low, high) in zip(fields, _FIELDS, strict=True):
        values = _values(text.lower(), name, low, high)
        if isinstance(values, str):
            return values
        times.append(values)
    days, months = times[2:4]
    if fields[4] == "*" and min(days) > max(_DAYS[month - 1] for month in months):
        return f"no such month has a day {min(days)}"
    return times


def _often(minutes: set[int]) -> bool:
    return any(later - one < 5 for one, later in pairwise(sorted(minutes)))


def _values(text: str, name: str, low: int, high: int) -> set[int] | str:
    """The values that a field stands for, or what is wrong with it."""
    found: set[int] = set()
    names = _NAMES.get(name, {})
    for part in re.sub(r"[a-z]+", lambda word: names.get(word[0], word[0]), text).split(","):
        match = re.fullmatch(r"(\*|\d{1,4})(?:-(\d{1,4}))?(?:/(\d{1,4}))?", part)
        if match is None or (match[1] == "*" and match[2]):
            return f"{part} is no {name}"
        first = low if match[1] == "*" else int(match[1])
        last = int(match[2]) if match[2] else high if match[1] == "*" or match[3] else first
        step = int(match[3] or 1)
        if not low <= first <= last <= high or not step:
            return f"{part} is no {name} ({low} to {high})"
        found |= set(range(first, last + 1, step))
    return found
