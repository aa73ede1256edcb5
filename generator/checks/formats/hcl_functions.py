"""The functions of HCL whose results are needed, and what stands for values that nobody knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import Any, Final

from generator.checks.formats import patterns


class Unknown:
    """A value that the text does not say."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


UNKNOWN: Final = Unknown("UNKNOWN")
"""It may be anything."""
OTHER: Final = Unknown("OTHER")
"""It belongs to an object that is not modelled: nobody knows it yet, but it is nothing that is."""
HOLE: Final = "\0"
"""What a text has where it is not known."""
FAILS: Final = Unknown("FAILS")
"""There is none: Terraform would stop here."""
_MANY: Final = 10_000
"""Numbers that anybody lists."""


class _Found(Unknown):
    """A value that is there, though it is not worked out what it is."""


def known(value: Any) -> bool:
    """Whether nothing of a value is missing."""
    if isinstance(value, dict | list):
        return all(map(known, value.values() if isinstance(value, dict) else value))
    return HOLE not in value if isinstance(value, str) else value is None or isinstance(value, int | float)


def text_of(value: Any) -> str:
    """A value inside a text."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else HOLE


def _concat(*lists: Any) -> Any:
    return [item for one in lists for item in (one if isinstance(one, list) else [one])]


def _merge(*maps: Any) -> Any:
    merged: dict[str, Any] = {}
    for one in maps:
        if not isinstance(one, dict):
            return UNKNOWN
        merged |= dict(one.items())
    return merged


def _flatten(items: Any) -> Any:
    return _concat(*(_flatten(item) if isinstance(item, list) else item for item in items))


def _length(value: Any) -> Any:
    return UNKNOWN if isinstance(value, str) and HOLE in value else len(value)


def _plain(value: Any) -> Any:
    return value


def _contains(items: Any, item: Any) -> Any:
    """Whether an item is there; where none is of its kind, Terraform may convert it first."""
    alike = not items or any(isinstance(one, bool) == isinstance(item, bool) and _alike(one, item) for one in items)
    return item in items or (False if alike else UNKNOWN)


def _alike(one: Any, other: Any) -> bool:
    return isinstance(one, type(other)) or (isinstance(one, int | float) and isinstance(other, int | float))


def _can(value: Any) -> Any:
    """Whether an expression has a value at all."""
    return False if value is FAILS else True if isinstance(value, _Found) or known(value) else UNKNOWN


def _regex(pattern: str, given: str) -> Any:
    """That a text has the pattern; what the pattern finds there nobody has asked for yet."""
    found = patterns.finds(pattern, given)
    return FAILS if found is False else UNKNOWN if found is None else _Found("FOUND")


def _range(*numbers: int) -> Any:
    return list(range(*numbers)) if all(abs(one) < _MANY for one in numbers) else UNKNOWN


def _address(block: str, *_numbers: Any) -> Any:
    """Whether a block of addresses is one, for `can`."""
    if ":" in block or re.search(r"(?:^|[./])0\d", block):
        return UNKNOWN
    try:
        ip_network(block, strict=False)
    except ValueError:
        return FAILS
    if "/" not in block:
        return FAILS
    return UNKNOWN if _numbers else _Found("MASK")


def _decided(items: Any, *, by: bool) -> Any:
    """What `anytrue` and `alltrue` come to: one item may decide, whatever the others are."""
    if any(one is by for one in items):
        return by
    return not by if all(one is not by and isinstance(one, bool) for one in items) else UNKNOWN


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "concat": _concat, "merge": _merge, "flatten": _flatten, "length": _length, "keys": sorted,
    "values": lambda map_: [map_[key] for key in sorted(map_)],
    "toset": lambda items: sorted(set(items)), "distinct": lambda items: list(dict.fromkeys(items)),
    "tolist": _plain, "tomap": _plain, "jsonencode": _plain, "one": lambda items: items[0] if items else None,
    "join": lambda between, items: text_of(between).join(map(text_of, items)),
    "lower": str.lower, "upper": str.upper, "contains": _contains, "can": _can, "regex": _regex, "range": _range,
    "alltrue": lambda items: _decided(items, by=False), "anytrue": lambda items: _decided(items, by=True),
    "cidrnetmask": _address, "cidrhost": _address, "cidrsubnet": _address, "min": min, "max": max,
    "startswith": str.startswith, "endswith": str.endswith, "strcontains": str.__contains__,
    "setintersection": lambda one, other: sorted(set(one) & set(other)),
}  # fmt: skip
"""The functions whose results are needed; `jsonencode` keeps the value, so that a policy can be looked into."""
WHATEVER: Final = {
    "concat", "merge", "flatten", "tolist", "tomap", "jsonencode", "join", "length", "keys", "values", "can", "alltrue",
    "anytrue",
}  # fmt: skip
"""Those that make something of arguments that are not wholly known."""
