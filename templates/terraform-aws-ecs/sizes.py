"""How many tasks an environment runs, how large they are and on what: values for Terraform, rows for the documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from generator import facts
from generator.component import Answers, Service, load_yaml
from generator.parts import SizeRow

SIZES: Final[Mapping[str, Any]] = load_yaml(__file__, "sizes.yml")


def _task_size(service: Service) -> tuple[int, int]:
    return facts.task_size(facts.REPLICA_SIZES[service.size])


def scaling_of(answers: Answers, environment: str) -> dict[str, int]:
    """Between how many tasks a service is kept."""
    low, high = facts.replicas(answers, production=environment == answers.production)
    return {"min": low, "max": high}


def capacity_of(answers: Answers, environment: str) -> dict[str, int]:
    """What runs on demand, and how the rest is shared out."""
    production = environment == answers.production
    base = scaling_of(answers, environment)["min"] if production else 0
    return {"on_demand_base": base, **SIZES["production" if production else "others"]}


def size_rows(answers: Answers) -> Iterator[SizeRow]:
    """The rows of the table of sizes."""
    yield SizeRow(what="Tasks of each service", values=tuple(_tasks(answers, e) for e in answers.environments))
    yield SizeRow(what="Where they run", values=tuple(_capacity(answers, e) for e in answers.environments))
    for service in facts.long_running(answers):
        cpu, memory = _task_size(service)
        text = f"{cpu / 1024:g} vCPU, {memory} MiB"
        yield SizeRow(what=f"A task of {service.name}", values=tuple(text for _ in answers.environments))
    yield SizeRow(what="Full load", values=tuple(_most(answers, e) for e in answers.environments))


def _tasks(answers: Answers, environment: str) -> str:
    scaling = scaling_of(answers, environment)
    return f"{scaling['min']} to {scaling['max']}"


def _capacity(answers: Answers, environment: str) -> str:
    capacity = capacity_of(answers, environment)
    base, weight, spot = (capacity[name] for name in ("on_demand_base", "on_demand_weight", "spot_weight"))
    shares = f"{weight} on demand to {spot} Spot" if weight and spot else "Spot" if spot else "on demand"
    return f"{base} on demand, beyond that {shares}" if base else shares


def _most(answers: Answers, environment: str) -> str:
    most = scaling_of(answers, environment)["max"]
    cpu, memory = (sum(sizes) for sizes in zip(*map(_task_size, facts.long_running(answers)), strict=True))
    return f"{most * cpu / 1024:g} vCPU, {most * memory / 1024:g} GiB"


def most_vcpus(answers: Answers) -> int:
    """What production's tasks have at full load while a release doubles them, in whole vCPUs."""
    most = scaling_of(answers, answers.production)["max"]
    millis = 2 * most * sum(_task_size(service)[0] for service in facts.long_running(answers))
    return -(-millis // 1024)
