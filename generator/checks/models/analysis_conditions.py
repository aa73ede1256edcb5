"""Conditions of an AnalysisTemplate: what they say of each result that a query may have.

Read is what conditions about one number are made of: `result[0]`, `result`, `len(result)`, `isNaN(...)`, numbers,
comparisons, `&&`, `||`, `!` and brackets. Of anything else nothing is known.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

Result = Sequence[float]
"""What a query gave: one number, or nothing."""
Condition = Callable[[Result], float]
"""What a condition comes to for a result: 1 for true, 0 for false."""

_TOKEN: Final = re.compile(
    r"\s*(?P<one>len\(result\)|isNaN\(result(?:\[0\])?\)|result\[0\]|result|true|false|\d+(?:\.\d*)?|\.\d+"
    r"|&&|\|\||[<>=!]=|[<>!()]|\band\b|\bor\b|\bnot\b)"
)
_NUMBER: Final = re.compile(r"(?<![\w.\[])(?:\d+(?:\.\d*)?|\.\d+)(?![\w.\]])")
_COMPARED: Final = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_SAME: Final = {"and": "&&", "or": "||", "not": "!"}
_LONGEST: Final = 100
"""Words of a condition that anybody writes."""


def read(text: str) -> Condition | None:
    """What a condition says; None for one that is not understood."""
    words: list[str] = []
    start = 0
    while text[start:].strip():
        match = _TOKEN.match(text, start)
        if match is None or len(words) > _LONGEST:
            return None
        words.append(_SAME.get(match["one"], match["one"]))
        start = match.end()
    reader = _Reader(words)
    try:
        found = reader.either()
    except _OtherError:
        return None
    return found if not reader.words else None


def results(text: str) -> Iterator[Result]:
    """Results of every sort that conditions look for: one at, around and between each of their limits, no number, none.

    A condition that does not ask for the length of what is not there fails, which is another matter.
    """
    yield from [()] if "len(" in text else []
    yield from [(math.nan,)] if "isNaN(" in text else []
    marks = sorted({0.0, *map(float, _NUMBER.findall(text))})
    between = [(low + high) / 2 for low, high in pairwise(marks)]
    yield from ((one,) for one in sorted({*marks, *between, 2 * marks[-1] + 1}))


class _OtherError(Exception):
    """It is none of what is read here."""


class _Reader:
    """Reads the words of a condition from left to right."""

    def __init__(self, words: list[str]) -> None:
        self.words = words

    def _next(self, *wanted: str) -> str:
        return self.words.pop(0) if self.words and (not wanted or self.words[0] in wanted) else ""

    def either(self) -> Condition:
        left = self._both()
        while self._next("||"):
            left = _joined(left, self._both(), max)
        return left

    def _both(self) -> Condition:
        left = self._compared()
        while self._next("&&"):
            left = _joined(left, self._compared(), min)
        return left

    def _compared(self) -> Condition:
        left = self._one()
        sign = self._next(*_COMPARED)
        return _joined(left, self._one(), _COMPARED[sign]) if sign else left

    def _one(self) -> Condition:
        word = self._next()
        if word == "!":
            inner = self._one()
            return lambda result: float(not inner(result))
        if word == "(":
            inner = self.either()
            if not self._next(")"):
                raise _OtherError
            return inner
        return _value(word)


def _joined(left: Condition, right: Condition, how: Callable[[float, float], float]) -> Condition:
    return lambda result: float(how(left(result), right(result)))


def _value(word: str) -> Condition:
    if word == "len(result)":
        return lambda result: float(len(result))
    if word.startswith("isNaN"):
        return lambda result: float(bool(result) and math.isnan(result[0]))
    if word in {"result[0]", "result"}:
        # What is not there is an error of the look, which is no answer: conditions ask for its length before.
        return lambda result: result[0] if result else math.nan
    if word in {"true", "false"}:
        return lambda _: float(word == "true")
    try:
        number = float(word)
    except ValueError:
        raise _OtherError from None
    return lambda _: number
