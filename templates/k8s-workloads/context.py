"""What runs all the time: Deployment or Rollout, autoscaler and disruption budget per service."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from generator import facts, rollouts
from generator.component import Answers, Part, Parts, Service, builds, contributes, load_parts

_MORE_SECONDS: Final = 60
"""How much longer than a version is watched the old pods stay: the last look comes a little late."""


@dataclass(frozen=True)
class StepView:
    """A step of a Rollout: one of the three."""

    scale: int
    weight: int
    analysis: str
    judged: bool
    """Whether the analysis asks for the numbers of the version."""
    first: str
    """How long before its first look, where it is not as usual."""


@dataclass(frozen=True)
class Rollout:
    """How one version of a service follows another, as its Rollout says it."""

    blue_green: bool
    weighted: bool
    asked: bool
    """Whether a Service of its own leads to the new version alone."""
    deadline: int
    kept: int
    """Seconds for which the old pods stay when the Service leads to the new ones."""
    steps: tuple[StepView, ...]


@dataclass(frozen=True)
class Target:
    """What replicas are added by: how much of what they ask for they use."""

    resource: str
    percent: int


@dataclass(frozen=True)
class ServiceView:
    """A service as its workload sees it."""

    name: str
    port: int
    health_path: str
    has_secrets: bool
    has_any_secret: bool
    cpu: str
    memory: str
    keeps_memory: bool
    """Whether less load does not mean less memory, so that replicas are added by CPU alone."""
    targets: tuple[Target, ...]
    rollout: Rollout
    """What its Rollout says; of a Deployment only how long it may make no progress."""


@dataclass(frozen=True)
class Context:
    """The names that the templates see."""

    services: tuple[ServiceView, ...]
    namespace: str
    controlled: bool
    """Whether releases are carried out by the controller of Argo Rollouts."""
    hash_label: str
    """The label by which the pods of one version know each other."""
    kept_releases: int
    has_database: bool
    min: int
    max: int
    step: int


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The view-model of the workloads."""
    low, high = facts.replicas(answers, production=False)
    return Context(
        services=tuple(_service(answers, s) for s in facts.long_running(answers)),
        namespace=facts.namespace(answers),
        controlled=(controlled := rollouts.controlled(answers)),
        hash_label="rollouts-pod-template-hash" if controlled else "pod-template-hash",
        kept_releases=rollouts.KEPT_RELEASES,
        has_database=answers.data.database != "none",
        min=low,
        max=high,
        # Half of the way in one minute, and never so few that the percentage decides alone.
        step=max(4, math.ceil((answers.scaling.max - answers.scaling.min) / 2)),
    )


def _service(answers: Answers, service: Service) -> ServiceView:
    millis, mib = facts.REPLICA_SIZES[service.size]
    scaling = answers.scaling
    return ServiceView(
        name=service.name,
        port=service.port,
        health_path=service.health_path,
        has_secrets=bool(service.secrets),
        has_any_secret=bool(service.secrets) or answers.data.database != "none",
        cpu=f"{millis}m",
        memory=f"{mib}Mi",
        keeps_memory=(keeps := facts.keeps_memory(service)),
        targets=(Target("cpu", scaling.cpu_percent), *(() if keeps else (Target("memory", scaling.memory_percent),))),
        rollout=_rollout(answers, service),
    )


def _rollout(answers: Answers, service: Service) -> Rollout:
    return Rollout(
        blue_green=rollouts.blue_green(answers, service),
        weighted=rollouts.weighted(answers, service),
        asked="canary" in rollouts.roles(answers, service),
        deadline=rollouts.deadline(answers, service),
        kept=rollouts.bake(answers).seconds + _MORE_SECONDS,
        steps=tuple(_step(one) for one in rollouts.steps(answers, service)),
    )


def _step(step: rollouts.Step) -> StepView:
    return StepView(
        scale=step.scale,
        weight=step.weight,
        analysis=step.analysis,
        judged=step.analysis in {"step", "bake"},
        first=f"{step.first}s" if step.first else "",
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What the workloads add to the files of others."""
    running, scaling = facts.long_running(answers), answers.scaling
    kept = ", ".join(s.name for s in running if facts.keeps_memory(s))
    words = {
        "CPU": scaling.cpu_percent,
        "MEMORY": scaling.memory_percent,
        "KEPT": f" ({kept}: of the CPU alone, since a heap hardly shrinks)" if kept else "",
        "MIN": scaling.min,
        "MAX": scaling.max,
    }
    yield from load_parts(__file__, "parts.yml", words)
