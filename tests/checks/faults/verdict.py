"""What the rules find of the corpus, and what they do not find yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from generator.checks import RULES
from generator.finding import Finding
from tests.checks.faults.fault import FOLDER, Fault
from tests.checks.faults.place import Place, expected, fits, place
from tests.checks.faults.remembered import known

RECORD: Final = FOLDER / "not-found-yet.txt"
"""The faults that are missed, wholly or in part: name, places found, places; a line each."""


@dataclass
class Tally:
    """How many places of a fault there are, and what became of them."""

    places: int = 0
    found: int = 0
    missed: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    """Where a rule says something, but not at the place where it should."""
    otherwise: list[str] = field(default_factory=list)
    """Where it is said to be worse than it is, or not as bad."""

    @property
    def whole(self) -> bool:
        """Whether every place was found."""
        return self.found == self.places


def sample(fault: Fault, tree: str, most: int) -> Iterator[Place]:
    """The places of a fault in a tree; with `most` at most so many of them, evenly spread, the same each time."""
    found = list(fits(fault, tree))
    if 0 < most < len(found):
        found = [found[index * (len(found) - 1) // max(most - 1, 1)] for index in range(most)]
    return (place(fault, tree, path, match) for path, match in found)


@cache
def tally(fault: Fault, most: int) -> Tally:
    """Tries the fault at its places; with `most` at so many in each tree."""
    result = Tally()
    for made in (made for tree in fault.trees for made in sample(fault, tree, most)):
        result.places += 1
        said = known(made.tree).judge(made, fault.rules)
        wanted = expected(fault, made) if said else frozenset()
        there = [finding for finding in said if (finding.path, finding.line) in wanted]
        if there:
            result.found += 1
            result.otherwise += _otherwise(fault, there)
            continue
        result.missed.append(f"{made.tree}: {made.path}:{made.line}")
        result.elsewhere += [f"{f.path}:{f.line} {f.message} [{f.rule}], not at {sorted(wanted)[:3]}" for f in said[:1]]
    return result


def _otherwise(fault: Fault, there: list[Finding]) -> list[str]:
    """What is said where none of the findings is as bad as the fault."""
    as_bad = any(finding.severity is fault.severity for finding in there)
    return [] if as_bad else [f"{there[0].severity}: {there[0].message} [{there[0].rule}]"]


def recorded() -> dict[str, tuple[int, int]]:
    """What the record says: places found and places, of each fault that is not found everywhere."""
    lines = [line.split() for line in RECORD.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {name: (int(count.partition("/")[0]), int(count.partition("/")[2])) for name, count in lines}


def missed(faults: tuple[Fault, ...]) -> dict[str, tuple[int, int]]:
    """The same as it is now."""
    tallies = {fault.name: tally(fault, 0) for fault in faults}
    return {name: (one.found, one.places) for name, one in tallies.items() if not one.whole}


def proposed(faults: tuple[Fault, ...]) -> dict[str, list[Fault]]:
    """Rules that the faults name and that are not there yet, with what they are to find."""
    rules: dict[str, list[Fault]] = {}
    for fault in faults:
        for rule in fault.rules:
            if rule not in RULES:
                rules.setdefault(rule, []).append(fault)
    return dict(sorted(rules.items()))
