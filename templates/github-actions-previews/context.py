"""Previews by GitHub Actions: which images, which variables, how long."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from generator import facts
from generator.component import Answers, Part, Parts, builds, contributes, load_parts, pins
from generator.parts import CiEnvironment, CiVariable

ACTIONS: Final = {"checkout": "actions/checkout", "download_artifact": "actions/download-artifact"}
CLOUD: Final = {"aws": ("AWS_ACCOUNT_ID", "AWS_REGION")}
"""What the account and the region are called among the CI variables of a cloud."""


@dataclass(frozen=True)
class Context:
    """What the workflows print."""

    project: str
    actions: dict[str, str]
    images: tuple[dict[str, str], ...]
    variables: tuple[str, ...]
    account: str
    region: str
    prefix: str
    folder: str
    minutes: int
    seconds: int
    ttl_days: int
    schedule: str
    slack: bool


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """The view-model of the workflows."""
    account, region = CLOUD[answers.cloud.provider]
    minutes = _minutes(answers)
    return Context(
        project=answers.project.name,
        actions={short: pins().action(name) for short, name in ACTIONS.items()},
        images=tuple({"service": s.name, "path": s.path} for s in facts.preview_services(answers)),
        variables=_variables(parts, account, region),
        account=account,
        region=region,
        prefix=facts.project(answers),
        folder=facts.PREVIEW,
        minutes=minutes,
        seconds=minutes * 60,
        ttl_days=answers.previews.ttl_days,
        schedule=_schedule(answers),
        slack="slack" in answers.monitoring.channels,
    )


def _variables(parts: Parts, account: str, region: str) -> tuple[str, ...]:
    """What the scripts ask for: the account, the cluster; nothing of the environment's database or releases."""
    names = {v.name for v in parts.of(CiVariable) if "previews" in v.readers}
    return tuple(sorted({account, region, *names}))


def _minutes(answers: Answers) -> int:
    """Every limit of the script used up, at the most: migrations and seeds end after 11 minutes each."""
    tasks = sum(bool(s.commands.migrate) + facts.seeds(answers, s) for s in facts.preview_services(answers))
    return min(45 + 11 * tasks, 360)


def _schedule(answers: Answers) -> str:
    """Every six hours, at a minute of the project's own, since many schedules begin with the hour."""
    minute = int(hashlib.sha256(answers.project.name.encode()).hexdigest(), 16) % 50 + 5
    return f"{minute} */6 * * *"


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """The environment of GitHub in which previews are opened, and what the documents say about it."""
    yield CiEnvironment(name=facts.PREVIEW, of=facts.preview_environment(answers))
    yield from load_parts(__file__, "parts.yml", {"ENVIRONMENT": facts.preview_environment(answers)})
