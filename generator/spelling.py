"""Which valid name was probably meant, by its spelling."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_FEW: Final = 100
"""Names that are all compared; of more, only those are that begin or end like what was given."""
_NEAR: Final = 25
"""How many before and after it, in the order of the alphabet, begin or end alike."""
_LONGEST: Final = 200
"""Signs of a name that anybody misspells; comparing takes the square of it."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The valid name that was probably meant: in a message the question that ends it. False where none is near."""

    name: str = ""
    given: str = ""
    """What stands there instead."""

    def __bool__(self) -> bool:
        return bool(self.name)

    def __str__(self) -> str:
        return f"; did you mean {self.name}?" if self.name else ""


NO_GUESS: Final = Guess()


def closest(given: str, valid: Iterable[str], cutoff: float = 0.6) -> str:
    """The name with the most similar spelling; "" where none is as similar as `cutoff`, of 0 to 1.

    The time does not grow with the names, so that a file may have as many unknown names as there are valid ones.
    """
    import difflib  # noqa: PLC0415 -- only needed once something is wrong

    if len(given) > _LONGEST:
        return ""
    return next(iter(difflib.get_close_matches(given, _near(given, tuple(valid)), n=1, cutoff=cutoff)), "")


def closest_path(given: str, paths: Iterable[str]) -> str:
    """The same for a path: only the last part must be alike, since folders are what many paths share.

    What lies in the same folder at the top comes first: elsewhere, the same name is mostly of something else.
    """
    every = tuple(paths)
    return _of_name(given, _by_first(every).get(given.partition("/")[0], ())) or _of_name(given, every)


def _of_name(given: str, paths: tuple[str, ...]) -> str:
    by_name = _by_name(paths)
    near = closest(given.rpartition("/")[2], by_name, 0.7)
    return closest(given, by_name[near], 0) if near else ""


def _near(given: str, names: tuple[str, ...]) -> Sequence[str]:
    """Those that may be meant."""
    if len(names) <= _FEW:
        return names
    ahead, back = _ordered(names)
    ends = _around(given[::-1], back)
    return list({*_around(given, ahead), *(one[::-1] for one in ends)})


def _around(given: str, ordered: Sequence[str]) -> Sequence[str]:
    at = bisect_left(ordered, given)
    return ordered[max(at - _NEAR, 0) : at + _NEAR]


@lru_cache(maxsize=16)
def _ordered(names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The names by how they begin, and turned round, by how they end."""
    return sorted(names), sorted(one[::-1] for one in names)


@lru_cache(maxsize=16)
def _by_first(paths: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """The paths by their first part."""
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(path.partition("/")[0], []).append(path)
    return {first: tuple(those) for first, those in found.items()}


@lru_cache(maxsize=16)
def _by_name(paths: tuple[str, ...]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(path.rpartition("/")[2], []).append(path)
    return found
