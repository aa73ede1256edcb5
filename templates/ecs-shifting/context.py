"""Requests moved between the versions of a service on ECS."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from generator import facts, shifts
from generator.component import Answers, Part, Parts, builds, contributes, load_parts


@dataclass(frozen=True)
class Context:
    """What the files depend on."""

    moves_requests: bool
    domain: bool
    long_stack: str
    long_service: str
    long_target_group: str
    moved: str
    """Services, one a line."""
    shift: str
    """What of a service's deploymentConfiguration is about it, as JSON."""
    kept: int
    pause_seconds: int


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What CI's roles may do for it."""
    yield from load_parts(__file__, "access.yml", {}, {"public": bool(facts.public(answers))})
    yield from load_parts(__file__, "parts.yml")


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """Whether there is a load balancer, and how the names of its groups are cut."""
    moved = shifts.shift(answers)
    stack, service = "tests-first-environment", "a-service-with-a-very-long-name"
    return Context(
        moves_requests=answers.iac.tool == "terraform" and bool(facts.public(answers)),
        domain=bool(answers.project.domain),
        long_stack=stack,
        long_service=service,
        long_target_group=facts.short(32, stack, service, shifts.ALTERNATE),
        moved="\n".join(s.name for s in shifts.moved(answers)),
        shift=json.dumps(configuration(moved)),
        kept=moved.bake_minutes,
        pause_seconds=60 * answers.deployment.canary_minutes * (moved.pause_minutes > 0),
    )


def configuration(shift: shifts.Shift) -> dict[str, Any]:
    """In the words of ECS."""
    found: dict[str, Any] = {"strategy": shift.strategy, "bakeTimeInMinutes": shift.bake_minutes}
    if shift.strategy == "CANARY":
        found["canaryConfiguration"] = {"canaryPercent": shift.percent, "canaryBakeTimeInMinutes": shift.pause_minutes}
    if shift.strategy == "LINEAR":
        found["linearConfiguration"] = {"stepPercent": shift.percent, "stepBakeTimeInMinutes": shift.pause_minutes}
    return found
