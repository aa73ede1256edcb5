"""What botocore's models say of values and its ParamValidator does not look at: enums, patterns and the most.

A pattern is that of the whole value, as the services take it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

SKIPPED: Final = frozenset({
    # Java's classes of characters
    r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)",
    r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$",
    r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$",
})  # fmt: skip
"""Patterns that Python cannot read, and that nothing is held to; another one is an error until it is named here."""

_NUMBERS: Final = frozenset({"double", "float", "integer", "long"})
_LONG: Final = frozenset({"blob", "list", "map", "string"})


def broken(shape: Any, value: Any, place: str = "") -> Iterator[str]:
    """What of a value AWS would not take, each with its place."""
    if shape.type_name in _NUMBERS:
        yield from _size(shape, value, place)
    elif shape.type_name in _LONG:
        yield from _size(shape, len(value), place)
    if shape.type_name == "string":
        yield from _word(shape, value, place)
    for inner, one, name in _inside(shape, value):
        yield from broken(inner, one, f"{place}{name}")


def _inside(shape: Any, value: Any) -> Iterator[tuple[Any, Any, str]]:
    """The values in a value, each with its shape and its name."""
    match shape.type_name:
        case "structure":
            yield from ((shape.members[key], one, f".{key}") for key, one in value.items() if key in shape.members)
        case "map":
            yield from ((shape.key, key, f"[{key}]") for key in value)
            yield from ((shape.value, one, f"[{key}]") for key, one in value.items())
        case "list":
            yield from ((shape.member, one, f"[{number}]") for number, one in enumerate(value))


def _size(shape: Any, size: float, place: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield f"{place}: {size} is below {least}"
    if most is not None and size > most:
        yield f"{place}: {size} is above {most}"


def _word(shape: Any, value: str, place: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield f"{place}: {value!r} is none of {', '.join(shape.enum)}"
    pattern = shape.metadata.get("pattern")
    if pattern and pattern not in SKIPPED and not _compiled(pattern).fullmatch(value):
        yield f"{place}: {value!r} is not as {pattern} says"


_PAIRS: Final = r"\uD800\uDC00-\uDBFF\uDFFF"
"""How Java writes the characters from U+10000 on, each of which it has as two."""


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(_PAIRS, r"\U00010000-\U0010FFFF"))
