"""The environments as the workflows walk through them, and how long a release may take in one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator import facts, shifts
from generator.component import Answers, Parts, Problem
from generator.parts import CiVariable, TerraformRoot

from .tables import TABLES, cloud_of


@dataclass(frozen=True)
class Environment:
    """An environment as the workflows walk through it."""

    name: str
    suffix: str
    previous: str
    needs: tuple[str, ...]
    apply_needs: tuple[str, ...]
    url: str


def environments_of(answers: Answers) -> tuple[Environment, ...]:
    """The environments in their order, each with what must come before it."""
    names = answers.environments
    # Where an environment can be looked at: its first public host; nowhere without a domain.
    public = facts.public(answers)[:1] if answers.project.domain else ()
    return tuple(
        Environment(
            name=name,
            suffix=name.upper().replace("-", "_"),
            previous=before,
            needs=("build", f"deploy-{before}") if before else ("build",),
            apply_needs=(f"apply-{before}",) if before else (),
            url="".join(f"https://{facts.host(answers, s, name)}" for s in public),
        )
        for before, name in zip(("", *names[:-1]), names, strict=True)
    )


def rollback_environment(answers: Answers) -> str:
    """The environment of CI from which production is rolled back, without an approval."""
    return f"{answers.production}-rollback"


def clashes(answers: Answers) -> Iterator[Problem]:
    """The environment that is called like the one from which production is rolled back: anybody may use that."""
    for number, name in enumerate(answers.environments):
        if name == rollback_environment(answers):
            why = f"CI has an environment of this name, from which {answers.production} is rolled back"
            yield Problem(f"environments[{number}]", why, name, "another name", f"rollback-{answers.production}")


def later_root(parts: Parts) -> TerraformRoot | None:
    """The root that is planned and applied by a make target, after the main one."""
    return next((root for root in parts.of(TerraformRoot) if root.target), None)


def infrastructure_needs(answers: Answers, parts: Parts) -> tuple[str, ...]:
    """The jobs that apply, in their order."""
    *earlier, last = answers.environments
    more = (f"platform-{last}",) if later_root(parts) else ()
    return (*(f"apply-{name}" for name in earlier), f"plan-{last}", f"apply-{last}", *more)


def release_variables(answers: Answers, parts: Parts) -> tuple[str, ...]:
    """The CI variables that scripts read in a release: all of the environment but the roles and the state."""
    found = {v.name for v in parts.of(CiVariable) if v.source != "user" and not v.secret and "releases" in v.readers}
    database = TABLES["database_variables"] if answers.data.database != "none" else ()
    wanted = found.union(TABLES["release_variables"], database) - {cloud_of(answers)["state"]}
    return tuple(sorted(name for name in wanted if not name.endswith("_ROLE_ARN")))


_LONGEST: Final = 360
"""Minutes after which GitHub ends any job."""


def release_minutes(answers: Answers) -> int:
    """How long a release may take at the most: `scripts/deploy.sh` with every limit used up, then the smoke test.

    A job that ends before the script leaves the release half-way, and so do credentials that run out.
    """
    migrations = sum(bool(s.commands.migrate) for s in answers.services)
    watched = shifts.more_minutes(answers) + answers.deployment.bake_minutes
    return min(60 + watched + 11 * migrations, _LONGEST)


def too_long(answers: Answers) -> Iterator[Problem]:
    """Steps that no job of GitHub's lives to see the end of."""
    most = _LONGEST - 60 - answers.deployment.bake_minutes
    if shifts.shift_minutes(answers) > most:
        why = f"GitHub ends a job after {_LONGEST} minutes, and a release with it"
        yield Problem("deployment.canary_minutes", why, answers.deployment.canary_minutes, f"at most {most}", str(most))
