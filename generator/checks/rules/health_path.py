"""A service is asked for its health by one path

The pod's probes, the load balancer, the container's own check, the release scripts and the probes from outside ask the
same question. One that asks by another path most likely gets 404: the load balancer takes every pod out, or no release
is ever judged good. In a repository of agency-scaffold each of them is held to `health_path` of the answers: whoever
changed the path on purpose changes it there, too. A probe may ask a question of its own, by a path that is called after
it (`/ready`, `/livez`). Elsewhere, one that is alone against all others is a warning, since a service may answer
several; so may probes, which then are not judged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from generator.checks.models import health_places, services
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
_PROBE: Final = re.compile(r"the (?:startup|readiness|liveness)Probe")
_OWN_QUESTION: Final = re.compile(r"(?i)read[iy]|li(?:ve|fe)|start|init")
"""What the path of a probe is called after, where it asks whether a pod is ready, lives or has started."""


def files(sources: Sources) -> list[str]:
    every = [fact for facts in _judged(sources).values() for fact in facts]
    return sorted({fact.path for fact in (*every, *_held(sources)) if fact.path != ANSWERS_FILE})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _unanswered(sources).get(path, ())
    for odd, other in _alone(sources).get(path, ()):
        # A service may answer several paths: one that is spelt almost like the others is most likely none of them.
        near = bool(closest(odd.value, [other.value]))
        if near or not odd.where.startswith(_SEVERAL):
            severity = Severity.ERROR if near and is_ours(sources) else Severity.WARNING
            message = f"{odd.where} is {odd.value}, where {other.place} and all others have {other.value}"
            yield at(odd, message, f"Write {other.value}, or change all.", severity=severity)


@shared
def _held(sources: Sources) -> tuple[Fact, ...]:
    """What is held to the answers: the facts of services that they say the path of."""
    known = services.answered(sources, HEALTH)
    every = [fact for facts in services.facts(sources, HEALTH).values() for fact in facts] if known else []
    every += (fact for fact in health_places.facts(sources) if fact.value) if known else ()
    return tuple(fact for fact in every if fact.path != ANSWERS_FILE and (fact.service in known or not fact.service))


@shared
def _unanswered(sources: Sources) -> dict[str, list[Flaw]]:
    """What asks by a path that the answers do not say, by file."""
    known = services.answered(sources, HEALTH)
    followed = {fact.service for fact in _held(sources) if fact.service and fact.value == known[fact.service].value}
    found: dict[str, list[Flaw]] = {}
    for fact in _held(sources):
        rights = [known[fact.service]] if fact.service else list(known.values())
        near = any(closest(fact.value, [right.value]) for right in rights)
        if _asks_else(fact, rights[0]) or any(fact.value == right.value for right in rights):
            continue
        # Where nothing follows the answers any more, it was changed on purpose, and they were forgotten.
        sure = near or not fact.where.startswith(_SEVERAL)
        severity = Severity.ERROR if sure and _is_followed(fact, followed) else Severity.WARNING
        message = f"{fact.where} is {fact.value}, where {rights[0].place} have {rights[0].value}"
        fix = f"Write {rights[0].value}; if the path was changed on purpose, change it in {ANSWERS_FILE}, too."
        found.setdefault(fact.path, []).append(Flaw(fact.line, message, fix, fact.column, severity))
    return found


def _is_followed(fact: Fact, followed: set[str]) -> bool:
    """Whether anything asks as the answers say: of the service, or of any where one place asks for all."""
    return fact.service in followed if fact.service else bool(followed)


def _asks_else(fact: Fact, right: Fact) -> bool:
    """Whether it is a probe whose path says that it asks another question."""
    asked, usual = _OWN_QUESTION.search(fact.value), _OWN_QUESTION.search(right.value)
    return bool(_PROBE.match(fact.where) and asked and (not usual or asked[0].lower() != usual[0].lower()))


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
    known = services.answered(sources, HEALTH)
    for service, facts in services.facts(sources, HEALTH).items():
        if service in known:
            continue
        places = {(fact.where, fact.path) for fact in facts if fact.once}
        if len(facts) > 2 and len({fact.path for fact in facts}) > 1 and len(places) == len({w for w, _ in places}):
            found[service] = facts
    return found
