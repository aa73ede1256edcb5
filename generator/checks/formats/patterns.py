"""Regular expressions that people wrote, matched in bounded time.

Kustomize, Prometheus and Alertmanager take time in proportion to the text, whatever the pattern. Python's may take it
for ever, so that a pattern which could is not tried.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import Final

_RISKY: Final = re.compile(r"[+*}]\)*[+*{]|\)[+*{]|\\\d|\(\?|.{200}", re.DOTALL)
"""What may take time without end: repetition of what repeats or is one of several, and references to what was found."""
_REPEATS: Final = 3
"""Repetitions without a bound that a pattern may have: the time grows with this power of the text."""
_LONGEST: Final = 300
"""Signs of a text that is tried: names of objects, labels and metrics are shorter."""

_STARS: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def fits(pattern: str, text: str) -> bool | None:
    """Whether the pattern takes the whole text; None where it is none, or nobody can tell in time."""
    if pattern == text:
        return True
    compiled = _compiled(pattern) if len(text) <= _LONGEST else None
    return None if compiled is None else compiled.fullmatch(text) is not None


def finds(pattern: str, text: str) -> bool | None:
    """Whether the pattern is found anywhere in the text; None as for `fits`."""
    compiled = _compiled(pattern) if len(text) <= _LONGEST else None
    return None if compiled is None else compiled.search(text) is not None


def of_glob(glob: str) -> str:
    """The pattern of the paths that a text with `*`, `**` and `?` stands for."""
    return "".join(_STARS.get(part, re.escape(part)) for part in re.split(r"(\*\*/?|[*?])", glob))


def parses(pattern: str) -> bool:
    """Whether it is a pattern at all."""
    return _parsed(pattern) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    if _RISKY.search(pattern) or len(re.findall(r"[+*]|,\}", pattern)) > _REPEATS:
        return None
    return _parsed(pattern)


@lru_cache(maxsize=1024)
def _parsed(pattern: str) -> re.Pattern[str] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return None
