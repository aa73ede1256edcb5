"""What runs all the time: Deployment, autoscaler and disruption budget per service."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from generator import facts
from generator.component import Answers, Part, Parts, Service, builds, contributes, load_parts


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
    grows_with_load: bool
    """Whether more load means more memory, and less load less: not where the runtime keeps what it once took."""


@dataclass(frozen=True)
class Context:
    """The names that the templates see."""

    services: tuple[ServiceView, ...]
    has_database: bool
    min: int
    max: int
    step: int
    cpu_percent: int
    memory_percent: int


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The view-model of the workloads."""
    low, high = facts.replicas(answers, production=False)
    return Context(
        services=tuple(_service(answers, s) for s in facts.long_running(answers)),
        has_database=answers.data.database != "none",
        min=low,
        max=high,
        # Half of the way in one minute, and never so few that the percentage decides alone.
        step=max(4, math.ceil((answers.scaling.max - answers.scaling.min) / 2)),
        cpu_percent=answers.scaling.cpu_percent,
        memory_percent=answers.scaling.memory_percent,
    )


def _service(answers: Answers, service: Service) -> ServiceView:
    millis, mib = facts.REPLICA_SIZES[service.size]
    return ServiceView(
        name=service.name,
        port=service.port,
        health_path=service.health_path,
        has_secrets=bool(service.secrets),
        has_any_secret=bool(service.secrets) or answers.data.database != "none",
        cpu=f"{millis}m",
        memory=f"{mib}Mi",
        grows_with_load=not facts.keeps_memory(service),
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
