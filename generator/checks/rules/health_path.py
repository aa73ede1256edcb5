"""A service is asked for its health by one path

The pod's probes, the load balancer, the container's own check, the release scripts and the probes from outside ask the
same question. Where one of them asks by a path of its own while all others agree, it most likely gets 404: the load
balancer takes every pod out, or no release is ever judged good. Outside of a repository of agency-scaffold, and for a
path that is spelt unlike the others, it is a warning, since a service may answer several; so may probes, which then
are not judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from generator.checks.models import services
from generator.checks.models.ours import is_ours
from generator.checks.models.service_fact import HEALTH, Fact
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared
from generator.finding import Severity
from generator.places import ANSWERS_FILE
from generator.spelling import closest

FORMAT = Format.KUBERNETES

_SEVERAL: Final = ("the startupProbe", "the readinessProbe", "the probe")
"""Places that may well ask another question than whether the service lives."""


def files(sources: Sources) -> list[str]:
    every = (fact for facts in _judged(sources).values() for fact in facts)
    return sorted({fact.path for fact in every if fact.path != ANSWERS_FILE})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for odd, other in _alone(sources).get(path, ()):
        # A service may answer several paths: one that is spelt almost like the others is most likely none of them.
        near = bool(closest(odd.value, [other.value]))
        if near or not odd.where.startswith(_SEVERAL):
            severity = Severity.ERROR if near and is_ours(sources) else Severity.WARNING
            message = f"{odd.where} is {odd.value}, where {other.place} and all others have {other.value}"
            yield at(odd, message, f"Write {other.value}, or change all.", severity=severity)


@shared
def _alone(sources: Sources) -> dict[str, list[tuple[Fact, Fact]]]:
    """The facts that stand alone against all others, with one of these, by their file."""
    found: dict[str, list[tuple[Fact, Fact]]] = {}
    for facts in _judged(sources).values():
        counts = Counter(fact.value for fact in facts)
        if len(counts) == 2 and min(counts.values()) == 1 < max(counts.values()):
            odd = next(fact for fact in facts if counts[fact.value] == 1)
            found.setdefault(odd.path, []).append((odd, next(fact for fact in facts if counts[fact.value] > 1)))
    return found


@shared
def _judged(sources: Sources) -> dict[str, tuple[Fact, ...]]:
    """The facts of services of which enough is known, and whose name is that of one service alone."""
    found = {}
    for service, facts in services.facts(sources, HEALTH).items():
        places = {(fact.where, fact.path) for fact in facts if fact.once}
        if len(facts) > 2 and len({fact.path for fact in facts}) > 1 and len(places) == len({w for w, _ in places}):
            found[service] = facts
    return found
