"""Releases by Argo Rollouts: what leads to pods, what a version is judged by, and what others must know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator import facts, rollouts, taken, times
from generator.component import Answers, AnswersError, Part, Parts, Service, builds, contributes, load_parts
from generator.parts import ReleaseRight

from .analyses import HEALTH_ERRORS, LONGEST_SMOKE, NUMBER_ERRORS, PROMETHEUS, AnalysisView, analyses


@dataclass(frozen=True)
class Role:
    """A Service beside the service's own; `follows` another in the same file."""

    name: str
    why: str
    follows: bool


@dataclass(frozen=True)
class ServiceView:
    """A service as its release sees it."""

    name: str
    port: int
    url: str
    roles: tuple[Role, ...]
    has_roles: bool
    analyses: tuple[AnalysisView, ...]


@dataclass(frozen=True)
class Context:
    """The names that the templates see."""

    services: tuple[ServiceView, ...]
    component: str
    prometheus: str
    interval: str
    errors_health: int
    errors_numbers: int
    strategy: str
    steps_seconds: int
    smoke_seconds: int
    deadline_seconds: int


_WHY = {
    "canary": "Leads to the new version alone, which is asked here before users come and while they do.",
    "preview": "Leads to the new version alone, which is asked here before users come.",
    "ping": "What the route leads to takes turns: this one leads to what serves first.",
    "pong": "And this one to the version after it; then that one comes here, and so on.",
}


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The view-model of the releases."""
    running = facts.long_running(answers)
    smoked = any(rollouts.roles(answers, s) for s in running)
    return Context(
        services=tuple(_service(answers, s) for s in running),
        component=rollouts.COMPONENT,
        prometheus=PROMETHEUS,
        interval=f"{rollouts.LOOK_SECONDS}s",
        errors_health=HEALTH_ERRORS,
        errors_numbers=NUMBER_ERRORS,
        strategy=answers.deployment.strategy,
        steps_seconds=sum(seconds for _, seconds in rollouts.shares(answers)),
        smoke_seconds=LONGEST_SMOKE if smoked else 0,
        deadline_seconds=max(rollouts.deadline(answers, s) for s in running),
    )


def _service(answers: Answers, service: Service) -> ServiceView:
    roles = rollouts.roles(answers, service)
    host = f"{rollouts.tried(answers, service)}.{facts.namespace(answers)}.svc"
    return ServiceView(
        name=service.name,
        port=service.port,
        url=f"http://{host}:{service.port}{service.health_path}",
        roles=tuple(Role(name, _WHY[name], number > 0) for number, name in enumerate(roles)),
        has_roles=bool(roles),
        analyses=tuple(analyses(answers, service)),
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What releases by Argo Rollouts add to the files of others; raises AnswersError for names that are taken."""
    why = "a release gives a service of this name another way to its pods"
    if problems := tuple(taken.clashes(answers, why, suffixes=tuple(f"-{role}" for role in rollouts.ROLES))):
        raise AnswersError(problems)
    yield from _rights(answers)
    yield from load_parts(__file__, "parts.yml", _words(answers), _flags(answers))


def _rights(answers: Answers) -> Iterator[Part]:
    """What those who release may do with the controller's objects; it alone writes weights and selectors."""
    yield ReleaseRight(
        name="rollouts",
        group="argoproj.io",
        resources=("analysistemplates", "rollouts"),
        verbs=("create", "delete", "get", "list", "patch", "update", "watch"),
        why="A release applies Rollouts and what they are judged by.",
    )
    yield ReleaseRight(
        name="rollouts-state",
        group="argoproj.io",
        resources=("rollouts/scale", "rollouts/status"),
        verbs=("get", "patch", "update"),
        why="To end a release at once, to let it go on, and to give it its size.",
    )
    yield ReleaseRight(
        name="rollouts-measured",
        group="argoproj.io",
        resources=("analysisruns",),
        verbs=("get", "list", "watch"),
        why="What was measured of a release; the controller alone makes and ends it.",
    )
    asked = [(rollouts.tried(answers, s), s) for s in facts.long_running(answers) if rollouts.roles(answers, s)]
    if asked:
        yield ReleaseRight(
            name="rollouts-asked",
            resources=("services/proxy",),
            names=tuple(f"http:{name}:{service.port}" for name, service in asked),
            verbs=("get",),
            why="A release is asked through the Service that leads to it alone.",
        )


def _flags(answers: Answers) -> dict[str, bool]:
    running = facts.long_running(answers)
    return {answers.deployment.strategy: True, "weighted": any(rollouts.weighted(answers, s) for s in running)}


def _words(answers: Answers) -> dict[str, object]:
    """What the `<WORDS>` of `parts.yml` stand for."""
    running = facts.long_running(answers)
    weighted = [s for s in running if rollouts.weighted(answers, s)]
    return times.words(answers) | {
        "KUBECTL": f"kubectl --namespace {facts.namespace(answers)}",
        "EXAMPLE": (weighted or running)[0].name,
        "NAMESPACE": rollouts.NAMESPACE,
        "MINUTES": times.minutes(sum(seconds for _, seconds in rollouts.shares(answers)) // 60),
        "STEPS": ", ".join(f"{percent} %" for percent, _ in rollouts.shares(answers)) or "none",
        "PROGRESS": rollouts.PROGRESS_SECONDS,
    }
