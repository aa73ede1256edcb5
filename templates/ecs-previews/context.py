"""Previews on ECS: the throw-away database, what the scripts know, and names that services may not have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from generator import facts, taken
from generator.component import Answers, AnswersError, Part, Parts, Problem, builds, contributes, load_parts

from .database import definition, image

_RETENTIONS: Final = (1, 3, 5, 7, 14, 30)
"""Days for which CloudWatch keeps logs, as far as a preview may last."""
_TAKEN: Final = "pr-*, preview and preview-*, with a database also database"
_TESTED_PORTS: Final = (3000, 8080)
"""The ports of the services that the tests of the root assume."""


@dataclass(frozen=True)
class Context:
    """The names that the templates see."""

    execution_role: str
    task_role: str
    secrets: str
    """Service and secret, a line each."""
    secret_prefix: str
    seeds: str
    """Service and program as JSON, a line each."""
    has_database: bool
    database: dict[str, Any]
    """Its task definition."""
    database_image: str
    database_port: str
    database_ports: str
    """What Terraform adds to the ports of services."""
    test_ports: str
    log_days: int
    domain: bool
    """For what the tests of the root share: there are no previews without one."""


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """Names of roles and secrets, programs, the database."""
    first, services = facts.preview_environment(answers), facts.preview_services(answers)
    engine = answers.data.database
    port = facts.DATABASE_PORTS.get(engine)
    return Context(
        execution_role=facts.role(answers, first, facts.PREVIEW, "execution"),
        task_role=facts.role(answers, first, facts.PREVIEW, "task"),
        secrets="\n".join(f"{s.name} {facts.secret_id(answers, facts.PREVIEW, s)}" for s in services if s.secrets),
        secret_prefix=f"{facts.project(answers)}/{facts.PREVIEW}/pr-",
        seeds="\n".join(
            f"{s.name} {json.dumps(facts.argv(s.commands.seed))}" for s in services if facts.seeds(answers, s)
        ),
        has_database=engine != "none",
        database=definition(engine, facts.FARGATE_ARCHITECTURES[answers.orchestration.architecture]),
        database_image=image(engine),
        database_port=str(port or ""),
        database_ports=f', ["{port}"]' if port else "",
        test_ports=str(sorted({*_TESTED_PORTS, *([port] if port else [])})),
        domain=bool(answers.project.domain),
        log_days=next(days for days in _RETENTIONS if days >= answers.previews.ttl_days),
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What CI's role of previews may do; raises AnswersError for names that previews have for something of theirs."""
    problems = tuple(_clashes(answers))
    if problems:
        raise AnswersError(problems)
    stack = facts.stack(answers, facts.preview_environment(answers))
    yield from load_parts(__file__, "access.yml", {"LOAD_BALANCER": facts.short(32, stack)})
    words = {
        "ENVIRONMENT": facts.preview_environment(answers),
        "STACK": stack,
        "EXAMPLE": facts.public(answers)[0].name,
    }
    yield from load_parts(__file__, "parts.yml", words, {"database": answers.data.database != "none"})


def _clashes(answers: Answers) -> Iterator[Problem]:
    """Names by which a service of the environment would pass for one of a preview, or share its rights or families."""
    names = {facts.PREVIEW} | ({"database"} if answers.data.database != "none" else set())
    why = f"previews use {_TAKEN}, for something of their own"
    yield from taken.clashes(answers, why, names=names, prefixes={"pr-", f"{facts.PREVIEW}-"})
    yield from taken.clashes(answers, taken.SEED_TAKEN, suffixes={taken.SEED})
