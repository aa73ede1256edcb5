"""A generated repository and an account of AWS that is a double, for the stories of the release scripts on ECS."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from generator import shifts
from generator.tree import Tree
from tests.real.conftest import ACCOUNT, REGISTRY_ACCOUNT, SERVICES, images
from tests.support import generated
from tests.support.ci_role import Role
from tests.support.ecs_double import Cloud
from tests.support.ecs_server import WORKSPACE
from tests.support.stage import AccountStage

CASE = generated.TEMPLATES / "ecs/tests/cases/no-domain.yml"
COMPONENTS = ("aws", "ecs-shifting", "ecs", "ecs-jobs", "ecs-rolling", "ecs-services", "release", "scripts")
DATABASE = "rds!db-1"
IDENTITY = (ACCOUNT, REGISTRY_ACCOUNT, "shop-dev", "dev")
"""Of the environment: account, account of the registry, stack, name."""
_RELEASED: dict[tuple[str, ...], dict[str, Any]] = {}
"""What the scripts made of an empty account by these releases: once per process, since each takes seconds."""


@dataclass(frozen=True)
class Stage(AccountStage[Cloud]):
    """An environment that is released into."""

    def arguments(self, version: str, number: int, environment: str = "dev", *more: str) -> list[str]:
        """A command line of deploy.sh."""
        named = [word for name, one in images(number).items() for word in ("--image", f"{name}={one}")]
        return ["scripts/deploy.sh", "--environment", environment, "--version", version, *named, *more]

    def deploy(
        self, version: str, number: int, environment: str = "dev", more: Sequence[str] = (), **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Releases the images of `number` as `version`."""
        return self.script(*self.arguments(version, number, environment, *more), **variables)

    def rollback(self, *more: str, **variables: str) -> tuple[int, str]:
        """Goes back in dev: exit code and what was said."""
        done = self.script("scripts/rollback.sh", "--environment", "dev", *more, **variables)
        return done.returncode, done.stderr

    def health(self, *more: str, **variables: str) -> tuple[int, str]:
        """Checks dev: exit code and what was said."""
        done = self.script("scripts/health-check.sh", "--environment", "dev", *more, **variables)
        return done.returncode, done.stdout + done.stderr

    def released(self, *versions: str) -> None:
        """Good releases to start a story from: v1 has the images of 1, and so on."""
        how = (
            *(str(one["deploymentConfiguration"].get("strategy")) for one in self.cloud.services.values()),
            *versions,
        )
        if how not in _RELEASED:
            for version in versions:
                done = self.deploy(version, int(version[1:]), JUDGE_SECONDS="0", JUDGE_MIN_ANSWERS="0")
                assert done.returncode == 0, done.stderr
            _RELEASED[how] = self.cloud.saved()
        self.cloud.restore(_RELEASED[how])
        self.cloud.calls.clear()
        self.cloud.queries.clear()

    def hold_lock(self, holder: str, renewed: int, seconds: int = 120) -> None:
        """Somebody has the lock."""
        self.cloud.put("lock.json", f'{{"holder": "{holder}", "renewed": {renewed}, "seconds": {seconds}}}')

    @property
    def ledger(self) -> list[Any]:
        """The records of releases, oldest first."""
        found = self.cloud.text("ledger.json")
        return list(found["records"]) if found else []

    @property
    def verdicts(self) -> list[tuple[str, str]]:
        """Version and verdict of each record."""
        return [(one["version"], one["verdict"]) for one in self.ledger]

    def serving(self) -> set[str]:
        """The versions of all healthy tasks."""
        return {version for name in SERVICES for version, _ in self.cloud.serving(name)}


@pytest.fixture(scope="session")
def ecs_tree() -> Tree:
    """The case, as the components of a release on ECS make it."""
    return generated.made_by(CASE, *COMPONENTS)


@pytest.fixture
def stage(ecs_tree: Tree, tmp_path: Path) -> Iterator[Stage]:
    """A stage on which nothing was released yet; every call must be one that AWS and its CLI know."""
    with staged(ecs_tree, tmp_path, SERVICES) as made:
        yield made


@contextmanager
def staged(
    tree: Tree,
    tmp_path: Path,
    services: Sequence[str],
    jobs: Sequence[str] = (),
    case: Path = CASE,
    cloud: Cloud | None = None,
    **variables: str,
) -> Iterator[Stage]:
    """A repository, and an account that has its services and schedules; only workers are not public.

    The scripts have the rights of the role that releases, and no others.
    """
    cloud = cloud or Cloud(*IDENTITY)
    for name in services:
        cloud.add_service(name, public=name in {"web", "api"})
        cloud.add_secret(f"shop/dev/{name}")
    for name in jobs:
        cloud.add_job(name)
        cloud.add_secret(f"shop/dev/{name}")
    cloud.add_secret(DATABASE)
    cloud.rights = role(case).refused
    answers = generated.answers(case)
    for name in [s.name for s in shifts.moved(answers)] if shifts.shifting(answers) else []:
        cloud.move_requests(name, generated.module("ecs-shifting").configuration(shifts.shift(answers)))
    with Stage.of(tree, tmp_path, cloud, **_variables(cloud.secrets[DATABASE]["ARN"]) | variables) as made:
        yield made
        # Also where a script goes on without an answer.
        assert cloud.refused == []


def role(case: Path, environment: str = "dev") -> Role:
    """The role that releases into an environment."""
    stack = f"shop-{environment}"
    names = {"region": "us-east-1", "account": ACCOUNT, "project": "shop", "environment": environment}
    return Role.of(case, "deploy", **names, stack=stack, bucket_prefix=stack)


def _variables(database: str) -> dict[str, str]:
    return {
        "REGISTRY_ACCOUNT_ID": REGISTRY_ACCOUNT,
        "DATABASE_HOST": "database.internal",
        "DATABASE_PORT": "5432",
        "DATABASE_NAME": "shop",
        "DATABASE_SECRET": database,
        "PROMETHEUS_WORKSPACE": WORKSPACE,
        "JUDGE_SECONDS": "1",
        "JUDGE_SEND_RATE": "20",
        "JUDGE_MIN_ANSWERS": "5",
        "JUDGE_QUERY_SECONDS": "1",
    }
