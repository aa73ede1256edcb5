"""What pods ask for, and what a namespace may ask for in total."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator import facts
from generator.component import Answers
from generator.parts import SizeRow

JOB_PODS: Final = 2
"""Pods of a job at once: a run by its schedule, and one by hand or one that is just ending."""


@dataclass(frozen=True)
class Quota:
    """What a namespace may ask for in total."""

    pods: int
    cpu: str
    memory: str
    reason: str


@dataclass(frozen=True)
class Limits:
    """What a container gets that names no resources, and the most that one may ask for."""

    cpu: str
    memory: str
    max_memory: str


def quota(answers: Answers, most: int) -> Quota:
    """Room for a full rollout of every service at once: new ones, the surge, old ones shutting down, migrations.

    Pods that shut down count against a quota, but not against a Deployment's surge. A job has JOB_PODS.
    """
    surge = facts.surge(answers, most)
    pods = cpu = memory = 0
    for service in answers.services:
        number = JOB_PODS if service.kind == "job" else 2 * most + surge
        number += 1 if service.commands.migrate else 0
        millis, mib = facts.REPLICA_SIZES[service.size]
        pods, cpu, memory = pods + number, cpu + number * millis, memory + number * mib
    reason = f"Replicas of each service: at most {most}, {surge} more during a rollout, and as many that shut down."
    if facts.jobs(answers):
        reason += f" Pods of each job: {JOB_PODS}."
    return Quota(pods, str(math.ceil(cpu / 1000)), f"{math.ceil(memory / 1024)}Gi", reason)


def limits() -> Limits:
    """What the smallest service gets, and the most that the largest may."""
    millis, mib = min(facts.REPLICA_SIZES.values())
    return Limits(f"{millis}m", f"{mib}Mi", f"{max(memory for _, memory in facts.REPLICA_SIZES.values())}Mi")


def size_rows(answers: Answers) -> Iterator[SizeRow]:
    """The rows of the table of sizes: replicas, the quota, one replica of each service."""
    bounds = [facts.replicas(answers, production=e == answers.production) for e in answers.environments]
    quotas = [quota(answers, high) for _, high in bounds]
    yield SizeRow(what="Replicas of a service", values=tuple(f"{low} to {high}" for low, high in bounds))
    yield SizeRow(
        what="Quota of the application's namespace",
        values=tuple(f"{q.pods} pods, {q.cpu} CPU, {q.memory}" for q in quotas),
    )
    for service in answers.services:
        millis, mib = facts.REPLICA_SIZES[service.size]
        yield SizeRow(
            what=f"One {'run' if service.kind == 'job' else 'replica'} of {service.name} ({service.size})",
            values=(f"{millis}m CPU, {mib} MiB",) * len(answers.environments),
        )
