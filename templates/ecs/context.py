"""ECS on Fargate: task definitions, and what the scripts of a release ask of ECS."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from generator import facts, times
from generator.component import Answers, AnswersError, Part, Parts, builds, contributes, load_parts
from generator.parts import HealthCommand

from .names import clashes
from .restart import all_of, one_of
from .tasks import definition


@dataclass(frozen=True)
class ServiceView:
    """A service as its task definition sees it."""

    name: str
    definition: dict[str, Any]


@dataclass(frozen=True)
class Context:
    """The names that the templates see."""

    help: dict[str, tuple[str, ...]]
    services: tuple[ServiceView, ...]
    stacks: str
    tasks: str
    migrations: str


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """Task definitions, and tables of names for the scripts."""
    health = {part.service: part.command for part in parts.of(HealthCommand)}
    return Context(
        help=times.help_of(answers),
        services=tuple(
            ServiceView(s.name, definition(answers, s, () if s.kind == "job" else health.get(s.name, ())))
            for s in answers.services
        ),
        stacks="\n".join(_stack(answers, environment) for environment in answers.environments),
        tasks="\n".join(
            " ".join(
                (
                    environment,
                    s.name,
                    facts.role(answers, environment, s.name, "execution"),
                    facts.role(answers, environment, s.name, "task"),
                    facts.secret_id(answers, environment, s) if s.secrets else "-",
                )
            )
            for environment in answers.environments
            for s in answers.services
        ),
        migrations="\n".join(
            f"{s.name} {json.dumps(facts.argv(s.commands.migrate))}" for s in answers.services if s.commands.migrate
        ),
    )


def _stack(answers: Answers, environment: str) -> str:
    stack = facts.stack(answers, environment)
    low, _ = facts.replicas(answers, production=environment == answers.production)
    return " ".join((environment, stack, facts.bucket_prefix(answers, environment), facts.short(32, stack), str(low)))


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What ECS adds to the files of others; raises AnswersError for names that are taken."""
    problems = tuple(clashes(answers))
    if problems:
        raise AnswersError(problems)
    running = facts.long_running(answers)
    production = answers.production
    words = {
        "STACK": facts.stack(answers, production),
        "BUCKET": f"{facts.bucket_prefix(answers, production)}-releases-$AWS_ACCOUNT_ID",
        "PRODUCTION": production,
        "EXAMPLE": running[0].name,
        "SERVICES": " ".join(s.name for s in running),
        "RESTART_ONE": one_of(answers, running[0]),
        "RESTART_ALL": all_of(answers),
        "LOW": str(facts.replicas(answers, production=True)[0]),
        "MIGRATED": next((s.name for s in answers.services if s.commands.migrate), ""),
        "ROTATION_DAYS": str(answers.security.rotation_days),
        "SCHEME": "HTTPS" if answers.project.domain else "HTTP(S)",
    }
    flags = {
        "public": bool(facts.public(answers)),
        "database": answers.data.database != "none",
        "migrations": bool(words["MIGRATED"]),
    }
    lists = {"public": facts.public(answers), "long_running": running}
    each = {
        name: [{"SERVICE": s.name, "PORT": str(s.port), "KIND": s.kind, "LANGUAGE": s.language} for s in some]
        for name, some in lists.items()
    }
    yield from load_parts(__file__, "parts.yml", words, flags, each)
