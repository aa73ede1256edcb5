"""Reads answers that are JSON, whose pairs of surrogates a reader of YAML takes for two characters."""

from __future__ import annotations

import json
from typing import Any

from generator.answers.read import as_written


def from_json(text: str, deepest: int) -> Any:
    """The plain data of JSON.

    Raises ValueError or RecursionError for what is not JSON, or not to be read: a key twice, a number that is none,
    more than `deepest` levels of nesting.
    """
    data = json.loads(
        text.removeprefix("\ufeff"),
        object_pairs_hook=_pairs,
        parse_constant=_refuse,
        parse_int=lambda number: as_written(int(number), number),
        parse_float=lambda number: as_written(float(number), number),
    )
    if _depth(data) > deepest:
        raise ValueError("nested too deeply")
    return data


def _pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(found)
    if len(data) < len(found):
        raise ValueError("a key stands twice")
    return data


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")


def _depth(data: Any) -> int:
    inside = data.values() if isinstance(data, dict) else data if isinstance(data, list) else None
    return 0 if inside is None else 1 + max(map(_depth, inside), default=0)
