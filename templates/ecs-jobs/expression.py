"""A cron line as EventBridge Scheduler says it: six fields, weekdays by name, `?` for the day that does not count."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from generator.schedules import FIELDS, Field, values

_FEWEST: Final = 3
"""Numbers that make a range, or a step, easier to read than a list."""


def expression(line: str) -> str:
    """The `cron(...)` of a valid line, in UTC like the line itself.

    One is always enough: a line names days of the month or weekdays, never both. 256 characters are the most that
    Scheduler takes; lines of the most scattered numbers stay below, because neighbours are told as ranges.
    """
    minutes, hours, days, months, weekdays = (_word(f, v) for f, v in zip(FIELDS, values(line), strict=True))
    if weekdays == "*":
        weekdays = "?"
    else:
        days = "?"
    return f"cron({minutes} {hours} {days} {months} {weekdays} *)"


def _word(field: Field, numbers: frozenset[int]) -> str:
    """The shortest word for these numbers of a field: all, from one on in steps, or ranges and numbers."""
    found = sorted(numbers)
    if len(found) == field.high - field.low + 1:
        return "*"
    steps = {later - earlier for earlier, later in pairwise(found)}
    # In steps to the very end of the field.
    if field.title != "weekday" and len(found) >= _FEWEST and len(steps) == 1 and found[-1] + min(steps) > field.high:
        (step,) = steps
        return f"{found[0]}/{step}" if step > 1 else f"{found[0]}-{found[-1]}"
    return ",".join(_ranges(field, found))


def _ranges(field: Field, found: list[int]) -> Iterator[str]:
    while found:
        last = next((n for n, value in enumerate(found) if value != found[0] + n), len(found))
        run, found = found[:last], found[last:]
        if len(run) >= _FEWEST:
            yield f"{_name(field, run[0])}-{_name(field, run[-1])}"
        else:
            yield from (_name(field, one) for one in run)


def _name(field: Field, number: int) -> str:
    """A weekday by its name: Scheduler counts them from 1, cron from 0."""
    return field.names[number].upper() if field.title == "weekday" else str(number)
