"""What the matrices of workflows say of environments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.source import Sources, text


@dataclass(frozen=True, slots=True)
class Part:
    """The environments for which a matrix runs one and the same."""

    place: Node
    what: str
    """Which of several: `root bootstrap`; "" for a matrix with one alone."""
    environments: frozenset[str]


def of_environments(sources: Sources, path: str) -> Iterator[Part]:
    """The parts of the matrices of a workflow that list environments, with those of a matrix that lists none.

    What runs for several environments has its own key beside theirs (`root`), whose values return for each.
    """
    for job in github.jobs(sources, path).values():
        matrix = job.node.at("strategy", "matrix")
        include = matrix.at("include")
        entries = [entry for entry in include.items if entry.at("environment").text]
        place = matrix.key("include")
        if "include" in matrix.map and include.is_null and "matrix.environment" in text(sources, path):
            yield Part(place, "", frozenset())
        if not entries or any("${{" in entry.at("environment").text for entry in entries):
            continue
        shared = _shared(entries)
        groups: dict[str, set[str]] = {}
        for entry in entries:
            what = ", ".join(f"{key} {entry.at(key).text}" for key in shared)
            groups.setdefault(what, set()).add(entry.at("environment").text)
        for what, environments in groups.items():
            yield Part(place, what, frozenset(environments))


def _shared(entries: list[Node]) -> list[str]:
    """The keys that every entry has and each value of which stands beside more than one environment."""
    found = []
    for key in entries[0].map:
        beside: dict[str, set[str]] = {}
        for entry in entries:
            beside.setdefault(entry.at(key).text, set()).add(entry.at("environment").text)
        if "" not in beside and all(len(environments) > 1 for environments in beside.values()):
            found.append(key)
    return found[:1]
