"""The services as the manifests see them: who runs, who is reached, who calls whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from generator import facts, rollouts
from generator.component import Answers, Service

_OUTSIDE: Final = re.compile(r"\bhttps?://[^/\s:]+\.[a-z]")


@dataclass(frozen=True)
class Variable:
    """A plain environment variable."""

    name: str
    value: str


@dataclass(frozen=True)
class Backend:
    """A Service that a route leads to; `shared` says whether its weight is given."""

    name: str
    weight: int
    shared: bool


@dataclass(frozen=True)
class TargetGroup:
    """A Service whose pods are a target group; `follows` another in the same file."""

    name: str
    follows: bool


@dataclass(frozen=True)
class ServiceView:
    """A service as the manifests see it."""

    name: str
    port: int
    job: bool
    running: bool
    web: bool
    public: bool
    target_group: bool
    target_groups: tuple[TargetGroup, ...]
    backends: tuple[Backend, ...]
    controlled: bool
    """Whether a controller judges its releases."""
    has_roles: bool
    """Whether it has more Services than its own."""
    health_path: str
    env: tuple[Variable, ...]
    has_env: bool
    secrets: tuple[str, ...]
    has_secrets: bool
    has_any_secret: bool
    secret_key: str
    migrate: list[str]
    cpu: str
    memory: str


def argv(command: str) -> list[str]:
    """The argument list of a shell command, as a manifest must write it."""
    # The kubelet expands $(NAME) and reads $$ as $: the shell must get the command as it was written.
    return [word.replace("$", "$$") for word in facts.argv(command)]


def internet(answers: Answers) -> list[Service]:
    """The services that call hosts outside: they hold others' keys, name an outside URL, or use the bucket."""
    return [
        s
        for s in answers.services
        if s.secrets or answers.data.object_storage or any(_OUTSIDE.search(value) for value in s.env.values())
    ]


def mail(answers: Answers) -> list[Service]:
    """The services that hand mail to a relay, by the names of their settings."""
    return [s for s in answers.services if facts.sends_mail(s)]


def has_target_groups(answers: Answers) -> bool:
    """Whether the load balancer wants its target groups described by objects of its own."""
    return answers.cloud.provider == "aws" and bool(facts.public(answers))


def view_of(answers: Answers, service: Service) -> ServiceView:
    """The view of one service."""
    millis, mib = facts.REPLICA_SIZES[service.size]
    alb = service.public and has_target_groups(answers)
    backends = rollouts.backends(answers, service)
    # The own Service has one, too: a route leads there while releases change hands.
    groups = dict.fromkeys((service.name, *(name for name, _ in backends)))
    return ServiceView(
        name=service.name,
        port=service.port,
        job=service.kind == "job",
        running=service.kind != "job",
        web=facts.has_requests(service),
        public=service.public,
        target_group=alb,
        target_groups=tuple(TargetGroup(name, name != service.name) for name in groups),
        backends=tuple(Backend(name, weight, len(backends) > 1) for name, weight in backends),
        controlled=rollouts.controlled(answers) and service.kind != "job",
        has_roles=bool(rollouts.roles(answers, service)),
        health_path=service.health_path,
        env=tuple(Variable(name, value) for name, value in service.env.items()),
        has_env=bool(service.env),
        secrets=service.secrets,
        has_secrets=bool(service.secrets),
        has_any_secret=bool(service.secrets) or answers.data.database != "none",
        secret_key=facts.secret_id(answers, "undeployed", service),
        migrate=argv(service.commands.migrate) if service.commands.migrate else [],
        cpu=f"{millis}m",
        memory=f"{mib}Mi",
    )
