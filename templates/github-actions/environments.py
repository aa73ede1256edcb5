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
"""Minutes after which GitHub ends any job; the credentials of a release last as long."""
_USUAL: Final = 60
"""Minutes for guards, secrets, what is replaced, the last looks, the smoke test, and for going back after it."""
_MIGRATION: Final = 11
_PART: Final = 5
"""How much longer a step may take where a script leads users on: more of the version comes up and is looked at."""


def release_minutes(answers: Answers) -> int:
    """How long a release may take at the most: `scripts/deploy.sh` with every limit used up, then the smoke test.

    A job that ends before the script leaves the release half-way, and so do credentials that run out.
    """
    return _beside(answers) + shifts.shift_minutes(answers) + answers.deployment.bake_minutes


def _beside(answers: Answers) -> int:
    """The minutes that neither the steps nor the watching take."""
    settling = shifts.more_minutes(answers) - shifts.shift_minutes(answers)
    return _USUAL + settling + _PART * _parts(answers) + _MIGRATION * _migrations(answers)


def _parts(answers: Answers) -> int:
    """How many steps a script takes before everybody has the new version."""
    by_script = shifts.sides(answers) and shifts.shift_minutes(answers)
    return len(answers.deployment.canary_steps) - 1 if by_script else 0


def _migrations(answers: Answers) -> int:
    return sum(bool(s.commands.migrate) for s in answers.services)


def too_long(answers: Answers) -> Iterator[Problem]:
    """What no job of GitHub's lives to see the end of: the first that can be made to fit."""
    deployment, beside, canary = answers.deployment, _beside(answers), shifts.shift_minutes(answers)
    room = _LONGEST - beside
    least = shifts.least_minutes(answers)
    if canary + deployment.bake_minutes <= room:
        return
    why = (
        f"GitHub ends a job after {_LONGEST} minutes, and a release with it:"
        f" {beside} of them are for replicas, migrations and going back"
    )
    if canary and (fits := shifts.minutes_within(answers, room - deployment.bake_minutes)) >= least:
        yield _at_most("deployment.canary_minutes", why, canary, fits)
    elif (watched := room - least) >= 1:
        if canary > least:
            yield _at_most("deployment.canary_minutes", why, canary, least)
        yield _at_most("deployment.bake_minutes", why, deployment.bake_minutes, watched)
    elif _PART * _parts(answers) > _MIGRATION * _migrations(answers):
        steps = deployment.canary_steps
        yield Problem("deployment.canary_steps", why, list(steps), "fewer steps", f"{steps[0]},100")
    else:
        migrations = _migrations(answers)
        fewer = (room + _MIGRATION * migrations - least - 1) // _MIGRATION
        given, valid = f"{migrations} services that migrate", f"at most {fewer} of them with the other answers"
        yield Problem("services", why, given, valid, "", "Let one service migrate for others.")


def _at_most(key: str, why: str, given: int, fits: int) -> Problem:
    return Problem(key, why, given, f"at most {fits} with the other answers", str(fits))
