"""Previews on ECS: the throw-away database, what the scripts know, and names that services may not have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from generator import facts
from generator.component import Answers, AnswersError, Part, Parts, Problem, builds, contributes

from .database import definition, image


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


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """Names of roles and secrets, programs, the database."""
    first, services = facts.preview_environment(answers), facts.preview_services(answers)
    engine = answers.data.database
    return Context(
        execution_role=facts.role(answers, first, facts.PREVIEW, "execution"),
        task_role=facts.role(answers, first, facts.PREVIEW, "task"),
        secrets="\n".join(f"{s.name} {facts.secret_id(answers, facts.PREVIEW, s)}" for s in services if s.secrets),
        secret_prefix=f"{facts.project(answers)}/{facts.PREVIEW}/pr-",
        seeds="\n".join(
            f"{s.name} {json.dumps(facts.argv(s.commands.seed))}" for s in services if facts.seeds(answers, s)
        ),
        has_database=engine != "none",
        database=definition(engine),
        database_image=image(engine),
        database_port=str(facts.DATABASE_PORTS.get(engine, "")),
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Nothing but a word against names that previews have for something of their own."""
    problems = tuple(_clashes(answers))
    if problems:
        raise AnswersError(problems)
    return ()


def _clashes(answers: Answers) -> Iterator[Problem]:
    """Names by which a service of the environment would pass for one of a preview, or share its rights."""
    database = {"database"} if answers.data.database != "none" else set()
    for number, service in enumerate(answers.services):
        taken = service.name in {facts.PREVIEW, *database} or service.name.startswith(("pr-", f"{facts.PREVIEW}-"))
        if taken:
            yield Problem(
                f"services[{number}].name",
                "previews use such a name for something of their own (pr-*, preview, preview-*, with a database: database)",
                service.name,
                "another name",
                f"app-{service.name}"[:30],
            )
