"""Cron lines in UTC: when a job runs, and how long it may rest.

Only what every platform of the contract runs alike is a schedule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Final

from generator.answers.nearest import nearest

DAY: Final = 24 * 60
"""Minutes."""
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Every kind of year follows in 28 years, and 2100 is no leap year: eight years lie between two 29ths of February.
_FROM: Final = date(2092, 1, 1)
_DAYS: Final = (date(2122, 1, 1) - _FROM).days
_RANGE: Final = re.compile(r"(\*|\w+(?:-\w+)?)(?:/(\d+))?")


@dataclass(frozen=True)
class Field:
    """One of the five, with what it may hold."""

    title: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def number(self, word: str) -> int | None:
        """What a word means; None where it is nothing that the field may hold."""
        if word.lower() in self.names:
            return self.names.index(word.lower()) + self.low
        value = int(word) if re.fullmatch(r"[0-9]{1,4}", word) else -1
        return value if self.low <= value <= self.high else None


FIELDS: Final = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of the month", 1, 31),
    Field("month", 1, 12, _MONTHS),
    Field("weekday", 0, 6, _WEEKDAYS),
)


@dataclass(frozen=True)
class Flaw:
    """Why a line is no schedule, and what was probably meant."""

    message: str
    valid: str
    nearest: str


def flaw(line: str) -> Flaw | None:
    """What is wrong with a line of five fields; None for a schedule."""
    words = line.split(" ")
    for number, (field, word) in enumerate(zip(FIELDS, words, strict=True)):
        for item in word.split(","):
            if message := _item_flaw(field, item):
                better = ",".join(dict.fromkeys(_repaired(field, one) for one in word.split(",") if one)) or "*"
                guess = " ".join([*words[:number], better, *words[number + 1 :]])
                names = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
                valid = f"{field.low} to {field.high}{names}, *, ranges, lists, steps"
                # The first field is repaired here; a further one may be wrong, too.
                return Flaw(f"{field.title}: {message}", valid, guess if not (more := flaw(guess)) else more.nearest)
    if words[2] != "*" and words[4] != "*":
        message = "names days of the month and weekdays: cron runs on either, which is rarely meant"
        return Flaw(message, "one of the two is *; for both, two jobs", " ".join([*words[:2], "*", *words[3:]]))
    if not _days(line):
        return Flaw(
            "no such day comes in any year", "a day that the month has", " ".join([*words[:2], "1", *words[3:]])
        )
    return None


def _item_flaw(field: Field, item: str) -> str:
    """What is wrong with one item of a list; "" if nothing is."""
    found = _RANGE.fullmatch(item)
    if not found:
        return f"{item or 'nothing'} is no number, range or step"
    first, step = found.groups()
    ends = [] if first == "*" else [field.number(word) for word in first.split("-")]
    if None in ends:
        return f"{first} is not within {field.low} to {field.high}"
    if len(ends) == 2 and (ends[0] or 0) > (ends[1] or 0):
        return f"{first} ends before it begins"
    if step is not None and not 1 <= int(step) <= field.high - field.low + 1:
        return f"a step of {step} is not within 1 to {field.high - field.low + 1}"
    return ""


def _repaired(field: Field, item: str) -> str:
    """The item that was probably meant; `*` where nothing is near."""
    if not _item_flaw(field, item):
        return item
    first, _, step = item.partition("/")
    ends = [_near(field, word) for word in first.split("-")] if first not in {"*", ""} else ["*"]
    numbers = [field.number(end) for end in ends]
    if len(ends) == 2 and None not in numbers and (numbers[0] or 0) > (numbers[1] or 0):
        # Over the end of the week, or of the day: in two parts.
        whole = f"{ends[0]}-{field.high},{field.low}-{ends[1]}"
    else:
        whole = "-".join(ends)
    guess = f"{whole}/{step}" if step and step.strip("0").isdigit() else whole
    return guess if not any(_item_flaw(field, one) for one in guess.split(",")) else "*"


def _near(field: Field, word: str) -> str:
    if field.number(word) is not None:
        return word
    if re.fullmatch(r"[0-9]{1,4}", word):
        # 24 o'clock, minute 60 and weekday 7 are the first ones; below the first, it is meant.
        return str(field.low if int(word) <= field.low or int(word) == field.high + 1 else field.high)
    return nearest(word.lower()[:3], field.names) or "*"


def _values(field: Field, word: str) -> frozenset[int]:
    """The numbers that a valid word of a field stands for."""
    found: set[int] = set()
    for item in word.split(","):
        first, step = _RANGE.fullmatch(item).groups()  # type: ignore[union-attr]
        ends = [field.number(end) or 0 for end in first.split("-")] if first != "*" else [field.low, field.high]
        # "5/15" is from 5 on.
        last = ends[1] if len(ends) == 2 else field.high if step else ends[0]
        found.update(range(ends[0], last + 1, int(step or 1)))
    return frozenset(found)


def values(line: str) -> tuple[frozenset[int], ...]:
    """The numbers that each field of a valid line stands for, in the order of `FIELDS`."""
    return tuple(_values(field, word) for field, word in zip(FIELDS, line.split(" "), strict=True))


@cache
def _days(line: str) -> tuple[int, ...]:
    """The days of thirty years on which it runs, counted from the first."""
    days, months, weekdays = values(line)[2:]
    all_days = ((number, _FROM + timedelta(number)) for number in range(_DAYS))
    return tuple(
        number
        for number, day in all_days
        if day.day in days and day.month in months and day.isoweekday() % 7 in weekdays
    )


def _minutes(line: str) -> list[int]:
    """The minutes of a day on which it runs."""
    minutes, hours = values(line)[:2]
    return sorted(hour * 60 + minute for hour in hours for minute in minutes)


@cache
def gaps(line: str) -> tuple[int, int]:
    """The shortest and the longest time from one run to the next, in seconds; the line is valid."""
    minutes, days = _minutes(line), _days(line)
    found = [*_steps(minutes), *((step - 1) * DAY + _overnight(minutes) for step in {*_steps(days)})]
    return min(found) * 60, max(found) * 60


def _overnight(minutes: list[int]) -> int:
    """From the last run of a day to the first of the next."""
    return DAY - minutes[-1] + minutes[0]


def _steps(numbers: list[int] | tuple[int, ...]) -> Iterator[int]:
    return (later - earlier for earlier, later in pairwise(numbers))
