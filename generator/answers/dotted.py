"""Dotted names in plain data: `data.database`, `services[0].commands.test`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any


def steps(name: str) -> Iterator[str | int]:
    """The keys and positions of a name, in order."""
    for word in name.split("."):
        key, _, position = word.partition("[")
        yield key
        if position:
            yield int(position.rstrip("]"))


def get(data: Any, name: str) -> Any:
    """The value at a name; None where it, or anything on the way to it, is missing."""
    for step in steps(name):
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def put(data: dict[str, Any], name: str, value: object) -> None:
    """Sets the value at a name; a map on the way that is missing, or no map, is made. Lists must be there."""
    here: Any = data
    *_, last = way = tuple(steps(name))
    for step, after in itertools.pairwise(way):
        if isinstance(step, str) and isinstance(after, str) and not isinstance(here.get(step), dict):
            here[step] = {}
        here = here[step]
    here[last] = value
