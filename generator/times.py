"""How long a release takes, and going back, for those who wait for it.

The scripts compute both from what runs. These are the same sums from the answers, for production with as many replicas
as there may be; tests hold them to the scripts.
"""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import Final

from generator import facts, rollouts, shifts
from generator.answers import Answers
from generator.answers.strategies import kind

_BATCH_SECONDS: Final = {"kubernetes": 70, "ecs": 120}
"""Until one batch of replicas has taken the place of another."""
_STUCK_SECONDS: Final = 300
"""Without progress for so long a rollout has failed."""
_HEALTHY_SECONDS: Final = 60
"""After going back, until the version answers."""
_LEAD_SECONDS: Final = {"native": 30, "argo-rollouts": 90}
"""To lead users to pods that are there, by what leads them."""
_NEW_SIDE_SECONDS: Final = 60
_MOVE_SECONDS: Final = (120, 120, 90)
"""On ECS: new tasks are placed, get the requests, and the others leave."""
_BACK_SECONDS: Final = 120
"""On ECS: requests are back on tasks that are there."""
_REST_SECONDS: Final = 60
"""Of a release: guards, settings, the record."""


@dataclass(frozen=True)
class Back:
    """Going back, in seconds."""

    led: int
    """While a release is under way."""
    anew: int
    """Later, when the version before has to start first."""
    limit: int
    """After so long the script gives up."""


def back(answers: Answers) -> Back:
    """How long going back takes."""
    led, anew, more = _back(answers)
    return Back(led, anew, anew + more + _HEALTHY_SECONDS)


def _back(answers: Answers) -> tuple[int, int, int]:
    """While a release is under way, later, and how much longer than that it may take."""
    batch = _BATCH_SECONDS[answers.orchestration.platform]
    if shifts.shifting(answers):
        return _BACK_SECONDS, sum(_MOVE_SECONDS), _STUCK_SECONDS
    if answers.orchestration.platform == "ecs":
        return batch, batch, _STUCK_SECONDS
    if rollouts.controlled(answers):
        lead, there, replaced = _LEAD_SECONDS["argo-rollouts"], _beside(answers), _replacing(answers)
        rest = replaced if len(there) < len(facts.long_running(answers)) else 0
        return max(lead * bool(there), rest), max((batch + lead) * bool(there), rest), batch + _STUCK_SECONDS
    if shifts.sides(answers):
        lead = _LEAD_SECONDS["native"]
        return lead, batch + lead, _NEW_SIDE_SECONDS + _STUCK_SECONDS
    return _replacing(answers), _replacing(answers), _STUCK_SECONDS


def _beside(answers: Answers) -> list[str]:
    """The services whose new version the controller brings up beside the old one, which keeps its pods."""
    running = facts.long_running(answers)
    return [s.name for s in running if rollouts.weighted(answers, s) or rollouts.blue_green(answers, s)]


def _replacing(answers: Answers) -> int:
    """Until all pods of a service are replaced, a quarter at a time."""
    low, high = facts.replicas(answers, production=True)
    return _BATCH_SECONDS["kubernetes"] * max(math.ceil(n / math.ceil(n / 4)) for n in range(low, high + 1))


def release_minutes(answers: Answers) -> int:
    """How long a release takes in an environment when all is well, from its approval to the verdict."""
    watched = shifts.more_minutes(answers) + answers.deployment.bake_minutes
    return watched + math.ceil((_coming(answers) + _REST_SECONDS) / 60)


def _coming(answers: Answers) -> int:
    """Seconds until the new version has its replicas and its users, without the time for which it is watched."""
    batch = _BATCH_SECONDS[answers.orchestration.platform]
    if shifts.shifting(answers):
        return sum(_MOVE_SECONDS[:2])
    if answers.orchestration.platform == "ecs":
        return batch
    if not kind(answers).two_sets:
        return _replacing(answers)
    # What no route names gets its part of the users by its pods, which come up at each step.
    parts = len(answers.deployment.canary_steps) if kind(answers).in_parts else 1
    alone = len(facts.public(answers)) == len(facts.long_running(answers))
    return batch * (1 if alone else parts) + _LEAD_SECONDS[answers.orchestration.delivery]


def minutes(number: int) -> str:
    """`1 minute`, `5 minutes`"""
    return f"{number} minute{'s' if number != 1 else ''}"


def whole(seconds: int) -> str:
    """Seconds as minutes, never less than they are."""
    return minutes(math.ceil(seconds / 60))


def back_words(answers: Answers) -> str:
    """How long going back takes, for the runbooks."""
    took, units = back(answers), _units(answers)
    most = f"at most {whole(took.limit)}; then the script ends with exit 4, and a person is needed."
    anew = f"about {whole(took.anew)}, {most}"
    if not kind(answers).two_sets:
        return f"Going back replaces all {units} again: {anew}"
    if took.led == took.anew:
        return (
            "Going back leads the users of a public service back at once; what no route names has its"
            f" {units} replaced again: {anew}"
        )
    return (
        f"Going back from a release that is under way takes seconds, usually less than {whole(took.led)}. When it is"
        f" on record, the {units} of the version before start first: {anew}"
    )


def release_words(answers: Answers) -> str:
    """How long a release takes, for the runbooks."""
    return f"about {minutes(release_minutes(answers))} when all is well; migrations and slow starts come on top"


def way_words(answers: Answers) -> str:
    """What a release does to whom, and how long that takes."""
    deployment, units = answers.deployment, _units(answers)
    steps = ", ".join(f"{percent} %" for percent in deployment.canary_steps[:-1]) or "none"
    way = f"all {units} are replaced, some at a time"
    if kind(answers).in_parts:
        way = f"parts of the users ({steps}) for {minutes(shifts.shift_minutes(answers))} in all, then everybody"
    elif kind(answers).two_sets:
        way = "the new version comes up beside the old one, and all users are led to it at once"
    watched = f"then it is watched for {minutes(deployment.bake_minutes)}"
    return f"The strategy is {deployment.strategy}: {way}; {watched}. A release takes {release_words(answers)}."


def help_of(answers: Answers) -> dict[str, tuple[str, ...]]:
    """Lines for the help of the scripts that release and go back."""
    told = {"deploy": way_words(answers), "rollback": f"{back_words(answers)} What it comes to now is printed."}
    return {script: tuple(textwrap.wrap(text, 118)) for script, text in told.items()}


def cost_words(answers: Answers) -> str:
    """What every release costs by this strategy: time, capacity, and what the first one lacks."""
    each, before = release_minutes(answers), len(answers.environments) - 1
    high = facts.replicas(answers, production=True)[1]
    twice = answers.orchestration.platform == "ecs"
    more = high if twice else facts.surge(answers, high)
    line = f"A release takes about {minutes(each)} in each environment"
    if before:
        line += (
            f", with all of its steps: a commit reaches {answers.production} {minutes(each * before)} after it was"
            " built at the earliest, and the next one waits until then"
        )
    return (
        f"{line}. Meanwhile a service has up to {high + more} {_units(answers)} in {answers.production} where at most"
        f" {high} run otherwise. The first release has nothing to go back to: a bad one stays until the next"
    )


def words(answers: Answers) -> dict[str, str]:
    """What the strategies call `<BACK_TIME>`, `<COSTS>` and `<BAKE>` in their texts."""
    return {
        "BACK_TIME": back_words(answers),
        "COSTS": cost_words(answers),
        "BAKE": minutes(answers.deployment.bake_minutes),
    }


def _units(answers: Answers) -> str:
    """What the platform calls replicas."""
    return "tasks" if answers.orchestration.platform == "ecs" else "pods"
