"""Scripts call the two sides of a release by the names that they have

A release with two sides makes one that serves and one that comes up, `blue` and `green`. A script that asks for a side
of another name waits for pods that nothing makes. The names are those between which `_opposite` of
`scripts/lib/sides.sh` goes to and fro.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.rule import Flaw, Format, Point, at, did_you_mean, one_of
from generator.checks.source import Sources, folder, lines, text

FORMAT = Format.SHELL

_OPPOSITE: Final = re.compile(
    r"^_opposite\(\) \{ if \[\[ \"\$1\" == (\w+) \]\]; then echo (\w+); else echo (\w+); fi; \}$", re.MULTILINE
)
_PAIR: Final = re.compile(r'"(\w+)"\)?, (?:on\()?"(\w+)"')
_NO_SIDE: Final = "plain"
"""Pods from before there were sides."""


def files(sources: Sources) -> Iterator[str]:
    for path in sources.ending("/sides.sh"):
        if _OPPOSITE.search(text(sources, path)):
            yield from (one for one in sources.ending(".sh") if folder(one) == folder(path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    sides = _sides(sources, folder(path))
    for number, line in enumerate(lines(sources, path), 1):
        for match in _PAIR.finditer(line) if sides else ():
            known = sides & set(match.groups())
            for which in (1, 2) if known else ():
                if match[which] not in {*sides, _NO_SIDE}:
                    message = f"there is no side {match[which]}, only {' and '.join(sorted(sides))}"
                    place = Point(number, match.start(which) + 1)
                    yield at(place, message, one_of(sides), did_you_mean(match[which], sides))


def _sides(sources: Sources, place: str) -> set[str]:
    match = _OPPOSITE.search(text(sources, f"{place}/sides.sh"))
    return set(match.groups()) if match else set()
