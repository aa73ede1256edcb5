"""What a change of answers means for what runs: names are made from answers, and clouds do not rename."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from generator.answers.model import Answers
from generator.answers.strategies import kind

_WHOLE: Final[tuple[tuple[str, Callable[[Answers], str], str], ...]] = (
    (
        "project.name",
        lambda a: a.project.name,
        "everything that runs bears it: resources are made anew, with new state",
    ),
    ("cloud.provider", lambda a: a.cloud.provider, "everything is made anew there"),
    ("cloud.region", lambda a: a.cloud.region, "everything is made anew there; data does not move by itself"),
    ("orchestration.platform", lambda a: a.orchestration.platform, "what runs on the old one is not moved"),
    ("data.database", lambda a: a.data.database, "the database is replaced; its data does not move by itself"),
)


def upheavals(old: Answers | None, new: Answers) -> Iterator[str]:
    """A line for each change that replaces or abandons what runs; none where the old answers are not known."""
    if old is None:
        return
    for key, value, meaning in _WHOLE:
        if value(old) != value(new):
            yield f"{key} is {value(new)} instead of {value(old)}: {meaning}"
    yield from _strategy(old, new)
    yield from _environments(old, new)
    yield from _services(old, new)


def _strategy(old: Answers, new: Answers) -> Iterator[str]:
    """What must happen before a change of how releases are made is merged, or afterwards; the runbook says how."""
    if old.orchestration.platform != new.orchestration.platform:
        return
    changed = tuple(
        f"{key} is {after} instead of {before}"
        for key, before, after in (
            ("orchestration.delivery", old.orchestration.delivery, new.orchestration.delivery),
            ("deployment.strategy", old.deployment.strategy, new.deployment.strategy),
        )
        if before != after
    )
    means = (_of_ecs if new.orchestration.platform == "ecs" else _of_kubernetes)(old, new)
    if changed and means:
        yield f"{' and '.join(changed)}: {means}"


def _of_ecs(old: Answers, new: Answers) -> str:
    """A service knows one target group or two, and Terraform leaves that alone; CI gives itself no rights."""
    before, after = kind(old).two_sets, kind(new).two_sets
    if after and not before:
        return (
            f"before it is merged, an administrator runs `make infra-bootstrap ENV={new.environments[0]}`, the same"
            " for each environment, and tells services that run by hand"
            ' (deployment runbook, "From rolling to moved requests")'
        )
    if before and not after:
        return (
            "before it is merged, the first target group of each service must serve, and ECS is told by hand"
            ' (deployment runbook, "Back to rolling")'
        )
    return ""


def _of_kubernetes(old: Answers, new: Answers) -> str:
    """What those who release may do follows the answers, and `make platform` gives it."""
    same = old.orchestration.delivery == new.orchestration.delivery
    if same or new.orchestration.delivery == "argo-rollouts":
        section = "Another strategy" if same else "From native to Argo Rollouts"
        return (
            f"before it is merged, run `make infra-platform ENV={new.environments[0]}` from the branch, the same for"
            f' each environment (deployment runbook, "{section}")'
        )
    if kind(new).two_sets:
        return (
            "releases are refused while Rollouts are there: take deployment.strategy=rolling first (deployment"
            ' runbook, "From Argo Rollouts to native")'
        )
    return (
        "it is merged and released to every environment first, and `make infra-platform` is run only then (deployment"
        ' runbook, "From Argo Rollouts to native")'
    )


def _environments(old: Answers, new: Answers) -> Iterator[str]:
    for name in old.environments:
        if name not in new.environments:
            yield (
                f"environment {name} is gone or renamed: before the new files are merged run"
                f" `make infra-destroy ENV={name}` with the old ones; the new ones do not know it any more"
            )
    if old.production != new.production:
        yield f"production is {new.production} instead of {old.production}: hosts, sizes and who is paged follow"


def _services(old: Answers, new: Answers) -> Iterator[str]:
    for name in sorted({one.name for one in old.services} - {one.name for one in new.services}):
        yield f"service {name} is gone or renamed: its registry, secrets and addresses go along, and others may call it"
        word = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
        for service in new.services:
            for key in sorted(key for key, value in service.env.items() if word.search(value)):
                yield f"service {service.name} still names {name} in its setting {key}: {service.env[key]}"
