"""Times of the form `minute hour day month weekday`, as Kubernetes reads them."""

from __future__ import annotations

import re
from typing import Final

_FIELDS: Final = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 6))
_NAMES: Final = {
    "month": ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    "weekday": ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
}
WORDS: Final = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_TERM: Final = re.compile(r"(\*|\?|\w+)(?:-(\w+))?(?:/(\w+))?")


def mistake(text: str) -> str:
    """What is wrong with a time; "" where nothing is."""
    if text.startswith("@"):
        return "" if text in WORDS or text.startswith("@every ") else f"{text} is none of {', '.join(WORDS)}"
    if text.startswith(("TZ=", "CRON_TZ=")):
        return "a time zone stands in timeZone, not here"
    fields = text.split()
    if len(fields) != len(_FIELDS):
        return f"{len(fields)} fields instead of minute, hour, day, month and weekday"
    for given, (name, least, most) in zip(fields, _FIELDS, strict=True):
        for term in given.split(","):
            wrong = _term(term, name, least, most)
            if wrong:
                return wrong
    return ""


def _term(term: str, name: str, least: int, most: int) -> str:
    match = _TERM.fullmatch(term)
    if not match:
        return f"{term or 'nothing'} is no {name}"
    first, last, step = match.groups()
    if step is not None and (not step.isdecimal() or not step.strip("0")):
        return f"{step} is no step"
    bounds = [_number(word, name, least) for word in (first, last) if word is not None and word not in ("*", "?")]
    if any(number is None or not least <= number <= most for number in bounds):
        return f"{term} is no {name}: it goes from {least} to {most}"
    if last is not None and (len(bounds) < 2 or (bounds[0] or 0) > (bounds[1] or 0)):
        return f"{term} ends before it begins"
    return ""


def _number(word: str, name: str, least: int) -> int | None:
    names = _NAMES.get(name, [])
    if word.lower() in names:
        return names.index(word.lower()) + least
    return int(word) if re.fullmatch(r"\d{1,4}", word) else None
