"""A service on ECS goes back by itself, stays reachable, and lets nobody in

Without the circuit breaker and its rollback a version that never starts stays half rolled out, and ECS tries again for
ever. With a `deployment_minimum_healthy_percent` of 0 all old tasks may end before a new one answers: users see errors
at each release. `enable_execute_command` gives whoever may call `ecs:ExecuteCommand` a shell beside the secrets of
the running service; turn it on for an hour, by a variable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Body
from generator.checks.models.terraform_settings import Setting, judge, paths, types
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM


def _one_at_most(body: Body) -> bool:
    """Whether there must never be two tasks: then the old one has to end first."""
    most = body.get("deployment_maximum_percent")
    return (most is not None and most.literal == "100") or _scheduled(body)


def _scheduled(body: Body) -> bool:
    strategy = body.get("scheduling_strategy")
    return strategy is not None and hcl.literal(strategy.value) == "DAEMON"


def _goes_otherwise(body: Body) -> bool:
    """Whether CodeDeploy or others go back, or there is no release at all."""
    kinds = [kind for one in body.of("deployment_controller") if (kind := one.body.get("type"))]
    return any(kind.literal != "ECS" for kind in kinds) or _scheduled(body)


_TABLE: Final = (
    Setting(
        ("aws_ecs_service",), ("deployment_circuit_breaker", "enable"), ("false",),
        "{given}: a version of {what} that never starts is tried for ever",
        "Write deployment_circuit_breaker with enable and rollback = true.",
        unless=_goes_otherwise, absent=True,
    ),
    Setting(
        ("aws_ecs_service",), ("deployment_circuit_breaker", "rollback"), ("false",),
        "{given}: a version of {what} that never starts stays half rolled out", "Set rollback = true.",
    ),
    Setting(
        ("aws_ecs_service",), ("alarms", "enable"), ("false",),
        "{given}: a version of {what} that fails is rolled out all the same", "Set enable = true.",
    ),
    Setting(
        ("aws_ecs_service",), ("alarms", "rollback"), ("false",),
        "{given}: a version of {what} that fails stays", "Set rollback = true.",
    ),
    Setting(
        ("aws_ecs_service",), ("deployment_minimum_healthy_percent",), ("0",),
        "{given}: all tasks of {what} may end before a new one answers",
        "Keep 100, or 50 with two tasks and more.", unless=_one_at_most,
    ),
    Setting(
        ("aws_ecs_service",), ("enable_execute_command",), ("true",),
        "{given} opens a shell in every container of {what}",
        "Set enable_execute_command by a variable that is false unless somebody needs it.", chosen=True,
    ),
)  # fmt: skip


def files(sources: Sources) -> Iterator[str]:
    return paths(sources, *types(_TABLE))


def check(sources: Sources, path: str) -> Iterable[Flaw]:
    return judge(sources, _TABLE).get(path, ())
