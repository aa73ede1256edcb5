"""What several components must compute alike of releases that the controller of Argo Rollouts carries out.

It leads users from one version to the next by itself, step by step, and judges each step by analyses: numbers that it
asks for at fixed times. An analysis lasts until its last look, so the looks are laid out to end with the minutes of the
answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.answers import Answers, Service, strategies

ROLES: Final = ("canary", "ping", "pong", "preview")
"""What else leads to a service's pods during a release: Services that are called as the service and one of these."""
NAMESPACE: Final = "argo-rollouts"
"""Where the controller runs; it asks the services and Prometheus from there."""
PLUGIN: Final = "argoproj-labs/gatewayAPI"
"""What leads users by the weights of routes: as the controller is told of it, and as Rollouts ask for it."""
COMPONENT: Final = "release"
"""`app.kubernetes.io/component` of what exists for releases alone."""
LOOK_SECONDS: Final = 30
"""Between two looks at the numbers; they are those of the last minute, so twice as many see nothing more."""
WINDOW_SECONDS: Final = 60
"""Before the first look: the numbers are those of a minute, and before it is over they tell of another share."""
PROGRESS_SECONDS: Final = 300
"""What makes no progress for so long is given up; as of a Deployment."""
KEPT_RELEASES: Final = 5
"""How many versions before are kept without pods."""
_BAD_LOOKS: Final = 2
"""How many looks may be bad: one slow minute shows in two of them."""
_LOOKS_A_BAD_ONE: Final = 20
"""So many looks allow one more: bad ones count however far apart they are, and more looks see more by chance."""


@dataclass(frozen=True)
class Looks:
    """The looks of an analysis that lasts so many seconds: the last one is at their end."""

    seconds: int
    first: int
    """Seconds before the first look."""
    count: int
    spare: int
    """How many of them may be bad."""


@dataclass(frozen=True)
class Step:
    """One step of a Rollout; exactly one of the three is given."""

    scale: int = 0
    """Percent of its pods that the new version gets before anybody is led there."""
    weight: int = 0
    """Percent of the users, or of the pods where nothing leads by weight."""
    analysis: str = ""
    """The end of the name of an AnalysisTemplate."""
    first: int = 0
    """Seconds before its first look, where they are not those of the template."""


def controlled(answers: Answers) -> bool:
    """Whether the controller carries out the releases."""
    return answers.orchestration.platform == "kubernetes" and answers.orchestration.delivery == "argo-rollouts"


def weighted(answers: Answers, service: Service) -> bool:
    """Whether a route leads to two versions of the service by weight."""
    return controlled(answers) and service.public and strategies.kind(answers).two_sets


def blue_green(answers: Answers, service: Service) -> bool:
    """Whether the controller turns the Service itself; a load balancer would learn of its new pods too late."""
    at_once = strategies.kind(answers).two_sets and not strategies.kind(answers).in_parts
    return controlled(answers) and not service.public and at_once


def roles(answers: Answers, service: Service) -> tuple[str, ...]:
    """What the Services beside the service's own are for."""
    if not controlled(answers) or not strategies.kind(answers).two_sets or service.kind == "job":
        return ()
    if weighted(answers, service):
        return ("canary", "ping", "pong")
    return ("preview",) if blue_green(answers, service) else ("canary",)


def backends(answers: Answers, service: Service) -> tuple[tuple[str, int], ...]:
    """The Services that the route of a service names, with their weights before anything was released."""
    if weighted(answers, service):
        return ((f"{service.name}-ping", 100), (f"{service.name}-pong", 0))
    return ((service.name, 100),)


def tried(answers: Answers, service: Service) -> str:
    """The Service by which a new version alone is asked; where none leads to it alone, the one that will."""
    own = [role for role in roles(answers, service) if role in {"canary", "preview"}]
    return "-".join((service.name, *own))


def looks(seconds: int) -> Looks:
    """The looks of an analysis of so many seconds, at least a minute."""
    count = (seconds - WINDOW_SECONDS) // LOOK_SECONDS + 1
    spare = min(_BAD_LOOKS + count // _LOOKS_A_BAD_ONE, count - 1)
    return Looks(seconds, seconds - LOOK_SECONDS * (count - 1), count, spare)


def bake(answers: Answers) -> Looks:
    """The looks at a version that has all users, before it is kept."""
    return looks(answers.deployment.bake_minutes * 60)


def shares(answers: Answers) -> tuple[tuple[int, int], ...]:
    """Percent and seconds of each part of the users; together they take the minutes of the answers."""
    if not strategies.kind(answers).in_parts:
        return ()
    *parts, _ = answers.deployment.canary_steps
    seconds, left = divmod(answers.deployment.canary_minutes * 60, len(parts) or 1)
    return tuple((percent, seconds + (left if number == 0 else 0)) for number, percent in enumerate(parts))


def part(answers: Answers) -> Looks:
    """The looks at a version that has a part of the users."""
    return looks(min((seconds for _, seconds in shares(answers)), default=WINDOW_SECONDS))


def steps(answers: Answers, service: Service) -> tuple[Step, ...]:
    """The steps of a service's Rollout; none where it has two Services to turn instead."""
    if not controlled(answers) or blue_green(answers, service):
        return ()
    return tuple(_steps(answers, service))


def _steps(answers: Answers, service: Service) -> Iterator[Step]:
    usual = part(answers)
    # What a route leads to is asked before the first user comes; elsewhere a pod that is up has its share of them.
    untried = strategies.kind(answers).two_sets
    if weighted(answers, service):
        yield Step(scale=100)
        yield Step(analysis="smoke")
        untried = False
    for percent, seconds in (*shares(answers), (100, 0)):
        yield Step(weight=percent)
        if untried:
            yield Step(analysis="smoke")
            untried = False
        if seconds:
            more = seconds - usual.seconds
            yield Step(analysis="step", first=usual.first + more if more else 0)
    yield Step(analysis="bake")


def deadline(answers: Answers, service: Service) -> int:
    """After how many seconds without progress a release is given up.

    While an analysis follows the turn of a Service the controller sees no progress, and that must not end the release.
    """
    return PROGRESS_SECONDS + (answers.deployment.bake_minutes * 60 if blue_green(answers, service) else 0)
