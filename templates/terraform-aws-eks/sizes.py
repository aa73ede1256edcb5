"""How many nodes an environment has: room for a release at full load, and for full load in two of three zones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from generator import facts
from generator.component import Answers, load_yaml
from generator.parts import SizeRow

ZONES: Final = 3
VCPUS: Final = 2
"""Of one node; both types of sizes.yml have as many."""
SIZES: Final[Mapping[str, Any]] = load_yaml(__file__, "sizes.yml")


@dataclass(frozen=True)
class NodeSize:
    """The nodes of a class of environments; counts are per zone."""

    name: str
    instance_types: tuple[str, ...]
    min_per_zone: int
    max_per_zone: int
    volume_gib: int


@dataclass(frozen=True)
class Demand:
    """What the services ask for at the most."""

    cpu_millis: int
    memory_mib: int
    nodes: float
    """How many nodes hold it. A pod never stands on two nodes, so what is left over on each is not counted."""


def _demand(answers: Answers, *, production: bool, surge: bool) -> Demand:
    """With every service at its most replicas; with `surge`, while a release replaces all of them at once."""
    node = SIZES["node"]
    most = facts.replicas(answers, production=production)[1]
    replicas = most + (facts.surge(answers, most) if surge else 0)
    # Of a job one run at a time.
    asked = [(1 if s.kind == "job" else replicas, facts.REPLICA_SIZES[s.size]) for s in answers.services]
    room = (node["cpu_millis"], node["memory_mib"])
    return Demand(
        cpu_millis=sum(number * cpu for number, (cpu, _) in asked),
        memory_mib=sum(number * memory for number, (_, memory) in asked),
        nodes=sum(n / min(has // wants for has, wants in zip(room, one, strict=True)) for n, one in asked),
    )


def _max_per_zone(answers: Answers, *, production: bool) -> int:
    """Room for a release at full load, and for full load in the two zones that are left when one fails."""
    releasing = _demand(answers, production=production, surge=True).nodes / ZONES
    two_zones = _demand(answers, production=production, surge=False).nodes / (ZONES - 1)
    previews = 0 if production else _previews(answers) / ZONES
    needed: int = math.ceil(max(releasing, two_zones) + previews) + SIZES["platform_per_zone"]
    return needed


def _previews(answers: Answers) -> float:
    """How many nodes hold all previews that there may be: one replica of each service, and a database."""
    if not answers.previews.enabled:
        return 0
    asked = [facts.REPLICA_SIZES[s.size] for s in facts.long_running(answers)]
    asked += [size] if (size := facts.PREVIEW_DATABASE_SIZES.get(answers.data.database)) else []
    room = (SIZES["node"]["cpu_millis"], SIZES["node"]["memory_mib"])
    one: float = sum(1 / min(has // wants for has, wants in zip(room, size, strict=True)) for size in asked)
    return facts.PREVIEW_LIMIT * one


def node_size(answers: Answers, *, production: bool) -> NodeSize:
    """The nodes of production, or of any other environment."""
    row = SIZES["production" if production else "others"]
    return NodeSize(
        name="production" if production else "others",
        instance_types=(row["instance_type"],),
        min_per_zone=row["min_per_zone"],
        max_per_zone=_max_per_zone(answers, production=production),
        volume_gib=row["volume_gib"],
    )


def vcpus(answers: Answers) -> int:
    """What all of production's nodes have when there are the most of them."""
    return VCPUS * ZONES * _max_per_zone(answers, production=True)


def size_rows(answers: Answers) -> Iterator[SizeRow]:
    """The rows of the table of sizes."""
    yield SizeRow(
        what="Kubernetes", values=tuple(answers.orchestration.kubernetes_version for _ in answers.environments)
    )
    yield SizeRow(what="Nodes in each of 3 zones", values=_by_class(answers, _nodes))
    yield SizeRow(what="Services at full load, during a release", values=_by_class(answers, _most))
    yield SizeRow(what="What all nodes have for services", values=_by_class(answers, _room))
    yield SizeRow(
        what="Copies of each platform controller",
        values=tuple("2" if name == answers.production else "1" for name in answers.environments),
    )


def _by_class(answers: Answers, value: Callable[[Answers, bool], str]) -> tuple[str, ...]:
    return tuple(value(answers, name == answers.production) for name in answers.environments)


def _nodes(answers: Answers, production: bool) -> str:
    size = node_size(answers, production=production)
    return f"{size.min_per_zone} to {size.max_per_zone} {size.instance_types[0]}"


def _most(answers: Answers, production: bool) -> str:
    demand = _demand(answers, production=production, surge=True)
    return f"{demand.cpu_millis / 1000:g} CPU, {math.ceil(demand.memory_mib / 1024)} GiB"


def _room(answers: Answers, production: bool) -> str:
    nodes = ZONES * (_max_per_zone(answers, production=production) - SIZES["platform_per_zone"])
    cpu, memory = (nodes * SIZES["node"][resource] for resource in ("cpu_millis", "memory_mib"))
    return f"{cpu / 1000:g} CPU, {math.floor(memory / 1024)} GiB"
