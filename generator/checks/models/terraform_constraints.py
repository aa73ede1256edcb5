"""Version constraints as Terraform reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

Version = tuple[int, int, int]

_PART: Final = re.compile(r"\s*(=|!=|>|>=|<|<=|~>)?\s*v?(\d+(?:\.\d+){0,3})([-+][\w.+-]+)?\s*")
_HOLDS: Final[dict[str, Callable[[Version, Version], bool]]] = {
    "=": lambda at, limit: at == limit,
    "!=": lambda at, limit: at != limit,
    ">": lambda at, limit: at > limit,
    ">=": lambda at, limit: at >= limit,
    "<": lambda at, limit: at < limit,
    "<=": lambda at, limit: at <= limit,
}


@dataclass(frozen=True, slots=True)
class Constraint:
    """Conditions, all of which must hold."""

    parts: tuple[tuple[str, Version, int], ...]
    """Of each the operator, the version and how many of its numbers are given."""

    @property
    def versions(self) -> list[Version]:
        """The versions that it names."""
        return [version for _, version, _ in self.parts]

    def allows(self, at: Version) -> bool:
        """Whether all conditions hold for a version."""
        return all(_holds(part, at) for part in self.parts)


def _holds(part: tuple[str, Version, int], at: Version) -> bool:
    operator, version, given = part
    if operator != "~>":
        return _HOLDS[operator](at, version)
    return at >= version and at[: given - 1] == version[: given - 1]


def number(version: str) -> Version:
    """A version, comparable; what it lacks is 0."""
    numbers = [int(one) for one in re.findall(r"\d+", re.split(r"[-+]", version)[0])[:3]]
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return major, minor, patch


@cache
def constraint(given: str) -> Constraint | None:
    """The constraint that a text is; None where it is none."""
    parts = []
    for one in given.split(","):
        match = _PART.fullmatch(one)
        if not match:
            return None
        parts.append((match[1] or "=", number(match[2]), match[2].count(".") + 1))
    return Constraint(tuple(parts))
