"""What several components must compute alike of releases that lead users from one version to the other.

On Kubernetes a script does that, between two sides of pods. ECS does it itself; it knows one share and then everything
(CANARY), or equal steps (LINEAR), and it waits whole minutes between them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from generator import facts
from generator.answers import Answers, Service, dotted, strategies
from generator.answers.keys import by_name, word
from generator.errors import Problem

SIDES: Final = ("blue", "green")
"""The two sets of pods of a service; also the ends of their names."""
STEPS: Final = "deployment.canary_steps"
MINUTES: Final = "deployment.canary_minutes"
ALTERNATE: Final = "alternate"
"""What the second target group of a service is called behind its name."""
SETTLE_MINUTES: Final = 5
"""How much longer ECS keeps the old tasks than a version is watched: services come to it one after another, and what is
wrong now and then is looked at three minutes more."""
_LEAST_STEP: Final = 3
"""Percent of a step of LINEAR, at the least."""


@dataclass(frozen=True)
class Steps:
    """Steps as ECS has them."""

    strategy: str
    """`CANARY`: `percent`, then everything. `LINEAR`: `percent` more with each step."""
    percent: int
    pauses: int
    """How often it waits before everything goes to the new version."""


@dataclass(frozen=True)
class Shift:
    """How ECS moves the requests of a service to a new version."""

    strategy: str
    percent: int
    pause_minutes: int
    bake_minutes: int
    """How long the old tasks stay when all requests go to the new ones."""


def sides(answers: Answers) -> tuple[str, ...]:
    """What the names of a service's two sets of pods end in, by a strategy that has two."""
    two = answers.orchestration.delivery == "native" and strategies.kind(answers).two_sets
    return SIDES if two and answers.orchestration.platform == "kubernetes" else ()


def shift_minutes(answers: Answers) -> int:
    """How long a release leads a part of the users to the new version, before it has all of them."""
    return answers.deployment.canary_minutes if strategies.kind(answers).in_parts else 0


def longest_minutes(answers: Answers) -> int:
    """How long a release on Kubernetes takes at the most, in fives: all but the watching takes half an hour."""
    return math.ceil((shift_minutes(answers) + answers.deployment.bake_minutes + 30) / 5) * 5


def shifting(answers: Answers) -> bool:
    """Whether ECS moves requests from one version to the other, instead of replacing tasks one after another."""
    return answers.orchestration.platform == "ecs" and strategies.kind(answers).two_sets


def moved(answers: Answers) -> tuple[Service, ...]:
    """The services whose requests are moved: those that answer any, as users or other services reach them."""
    return tuple(s for s in facts.long_running(answers) if facts.has_requests(s))


def shift(answers: Answers) -> Shift:
    """How the requests of a service are moved where `shifting` holds."""
    deployment = answers.deployment
    bake = deployment.bake_minutes + SETTLE_MINUTES
    steps = known(deployment.canary_steps) if strategies.kind(answers).in_parts else None
    if not steps:
        return Shift("BLUE_GREEN", 100, 0, bake)
    return Shift(steps.strategy, steps.percent, deployment.canary_minutes // max(steps.pauses, 1), bake)


def more_minutes(answers: Answers) -> int:
    """How much longer a release may take than one that replaces what runs, one after another."""
    return shift_minutes(answers) + (SETTLE_MINUTES if shifting(answers) else 0)


def open_minutes(answers: Answers) -> int:
    """For how long two versions run side by side at the most while nothing is wrong."""
    return 30 + (shift(answers).bake_minutes + more_minutes(answers) if shifting(answers) else 0)


def known(steps: Sequence[int]) -> Steps | None:
    """The steps as ECS has them; None where it cannot."""
    first = steps[0]
    if len(steps) == 2 and first < 100:
        return Steps("CANARY", first, 1)
    if first >= _LEAST_STEP and list(steps) == _equal(first):
        return Steps("LINEAR", first, len(steps) - 1)
    return None


def _equal(percent: int) -> list[int]:
    return [min(100, percent * number) for number in range(1, math.ceil(100 / percent) + 1)]


def least_minutes(answers: Answers) -> int:
    """The fewest minutes over all steps; 0 where there are none."""
    return _least(answers.deployment.canary_steps) if strategies.kind(answers).in_parts else 0


def _least(steps: Sequence[int]) -> int:
    """A minute for each step before the last: numbers of less time are those of the step before, too."""
    return max(len(steps) - 1, 1)


def minutes_within(answers: Answers, most: int) -> int:
    """The most minutes over all steps that do not exceed `most`; what ECS waits is the same for each."""
    pauses = least_minutes(answers) if shifting(answers) else 1
    return most // pauses * pauses


def impossible(data: Mapping[str, Any]) -> Iterator[tuple[Problem, Any]]:
    """What the platform cannot do of valid, but perhaps incomplete answers, each with the nearest that it can."""
    steps, minutes = dotted.get(data, STEPS), dotted.get(data, MINUTES)
    if dotted.get(data, "deployment.strategy") != "canary" or not steps or list(steps) != sorted({*steps, 100}):
        return
    on_ecs, least = dotted.get(data, "orchestration.platform") == "ecs", _least(steps)
    if on_ecs and not known(steps):
        nearest = _nearest(steps)
        why = f"ECS leads one part there and then everybody, or takes equal steps of at least {_LEAST_STEP} %"
        yield _refused(STEPS, why, steps, "such as 10,100 or 25,50,75,100", nearest), nearest
    elif minutes is None:
        return
    elif on_ecs and minutes % least:
        most = next(meta.le for meta in by_name()[MINUTES].metas if meta.le is not None)
        whole = min(max(1, round(minutes / least)), int(most) // least) * least
        why = f"with these steps ECS waits {least} times, each time the same whole minutes"
        valid = f"a multiple of {least}: {least}, {2 * least}, {3 * least} ..."
        yield _refused(MINUTES, why, minutes, valid, whole), whole
    elif minutes < least:
        why = f"each of the {least} parts before 100 is judged by the numbers of a whole minute"
        yield _refused(MINUTES, why, minutes, f"{least} or more", least), least


def _nearest(steps: Sequence[int]) -> list[int]:
    """What ECS knows and begins with the same part: with the fewest steps more or less, all of them if it can."""
    first = steps[0]
    return min((one for one in (_equal(first), [first, 100]) if known(one)), key=lambda one: len({*one} ^ {*steps}))


def _refused(key: str, why: str, given: object, valid: str, nearest: object) -> Problem:
    return Problem(key, why, given, valid, word(nearest).replace(" ", ""))
