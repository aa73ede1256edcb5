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
    """On ECS a service that is there knows one target group or two, and Terraform leaves that alone."""
    if {old.orchestration.platform, new.orchestration.platform} != {"ecs"}:
        return
    line = f"deployment.strategy is {new.deployment.strategy} instead of {old.deployment.strategy}: "
    before, after = kind(old).two_sets, kind(new).two_sets
    if after and not before:
        yield f'{line}services that run are told once by hand (deployment runbook, "Change how releases are made")'
    elif before and not after:
        yield (
            f"{line}with the old files, release until the first target group of each public service serves:"
            " an apply takes the other away"
        )


def _environments(old: Answers, new: Answers) -> Iterator[str]:
    for name in old.environments:
        if name not in new.environments:
            yield (
                f"environment {name} is gone or renamed: before the new files are merged run `make destroy ENV={name}`"
                " with the old ones; the new ones do not know it any more"
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
