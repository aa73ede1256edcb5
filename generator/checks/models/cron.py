"""Times of the form `minute hour day month weekday`, as Kubernetes and GitHub read them."""

from __future__ import annotations

import re
from typing import Final

Times = tuple[frozenset[int], ...]
"""The numbers that each field stands for."""
_FIELDS: Final = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12))
_NAMES: Final = {
    "month": ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    "weekday": ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
}
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
WORDS: Final = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_TERM: Final = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\w+))?")


class CronError(Exception):
    """What is wrong with a time."""


def of_kubernetes(text: str) -> Times:
    """When a CronJob runs; nothing for a word such as `@daily`. Raises CronError."""
    if text.startswith("@"):
        if text in WORDS or text.startswith("@every "):
            return ()
        raise CronError(f"{text} is none of {', '.join(WORDS)}")
    if text.startswith(("TZ=", "CRON_TZ=")):
        raise CronError("a time zone stands in timeZone, not here")
    return _read(text.replace("?", "*"), 6)


def of_github(text: str) -> Times:
    """When a workflow runs; there, 7 is Sunday, too. Raises CronError."""
    return _read(text, 7)


def _read(text: str, last_weekday: int) -> Times:
    given, fields = text.split(), (*_FIELDS, ("weekday", 0, last_weekday))
    if len(given) != len(fields):
        count = "one field" if len(given) == 1 else f"{len(given)} fields"
        raise CronError(f"{count} instead of minute, hour, day, month and weekday")
    times = tuple(
        frozenset(number for term in one.split(",") for number in _term(term, *field))
        for one, field in zip(given, fields, strict=True)
    )
    _, _, days, months, _ = times
    # A day of the week that is named, too, comes in any month.
    if given[4] == "*" and min(days) > max(_DAYS[month - 1] for month in months):
        raise CronError(f"no such month has a day {min(days)}")
    return times


def _term(term: str, name: str, least: int, most: int) -> range:
    match = _TERM.fullmatch(term)
    if not match or (match[1] == "*" and match[2]):
        raise CronError(f"{term or 'nothing'} is no {name}")
    first, last, step = match.groups()
    if step is not None and not re.fullmatch(r"0*[1-9]\d{0,3}", step):
        raise CronError(f"{step} is no step")
    bounds = [_number(word, name, least) for word in (first, last) if word not in (None, "*")]
    if any(number is None or not least <= number <= most for number in bounds):
        raise CronError(f"{term} is no {name}: it goes from {least} to {most}")
    begin, end = ([number or 0 for number in bounds] or [least, most]) * (2 if len(bounds) == 1 else 1)
    if begin > end:
        raise CronError(f"{term} ends before it begins")
    return range(begin, (most if step and last is None else end) + 1, int(step or 1))


def _number(word: str | None, name: str, least: int) -> int | None:
    names = _NAMES.get(name, [])
    if word and word.lower() in names:
        return names.index(word.lower()) + least
    return int(word) if word and re.fullmatch(r"[0-9]{1,4}", word) else None
