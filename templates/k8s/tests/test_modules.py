"""What the modules decide: names that are refused, who may call whom, how much a namespace may ask for."""

from __future__ import annotations

from typing import Any

import pytest

from generator.answers import Answers
from generator.answers.read import convert
from tests.support import generated

names = generated.module("k8s", "names")
services = generated.module("k8s", "services")
sizes = generated.module("k8s", "sizes")


def answers(*given: dict[str, Any], project: str = "shop", **more: Any) -> Answers:
    return convert({"project": {"name": project}, "services": list(given), **more})


@pytest.mark.parametrize(
    ("project", "refused"),
    [
        ("monitoring", True),
        ("default", True),
        ("kube-shop", True),
        ("gateway", True),
        ("node-exporter", True),
        ("shop", False),
        ("kubes", False),
    ],
)
def test_a_namespace_of_the_platform_is_no_name_for_a_project(project: str, refused: bool) -> None:
    problems = list(names.clashes(answers({"name": "web"}, project=project)))
    assert [p.key for p in problems] == ["project.name"] * refused


@pytest.mark.parametrize(("delivery", "refused"), [("argo-rollouts", 1), ("native", 0)])
def test_the_namespace_of_the_controller_is_taken_where_there_is_one(delivery: str, refused: int) -> None:
    given = answers({"name": "web"}, project="argo-rollouts", orchestration={"delivery": delivery})
    assert len(list(names.clashes(given))) == refused


@pytest.mark.parametrize(
    ("given", "database", "refused"),
    [
        (["database"], "postgres", 0),
        (["database"], "none", None),
        (["web", "allow-dns"], "none", 1),
        (["web", "web-migrate"], "none", 1),
        (["web-migrate"], "none", None),
        (["default-deny"], "none", 0),
    ],
)
def test_an_object_of_the_manifests_is_no_name_for_a_service(
    given: list[str], database: str, refused: int | None
) -> None:
    problems = list(names.clashes(answers(*({"name": name} for name in given), data={"database": database})))
    assert [p.key for p in problems] == ([] if refused is None else [f"services[{refused}].name"])


@pytest.mark.parametrize(
    ("service", "calls"),
    [
        ({}, False),
        ({"secrets": ["STRIPE_KEY"]}, True),
        ({"env": {"API": "https://api.example.org/v1"}}, True),
        ({"env": {"API": "http://billing:8080/"}}, False),
        ({"env": {"API": "https://10.0.0.1/"}}, False),
    ],
)
def test_only_who_calls_hosts_outside_may(service: dict[str, Any], calls: bool) -> None:
    assert bool(services.internet(answers({"name": "web", **service}))) == calls


def test_the_bucket_is_a_host_outside() -> None:
    given = answers({"name": "web"}, {"name": "jobs", "kind": "worker"}, data={"object_storage": True})
    assert [s.name for s in services.internet(given)] == ["web", "jobs"]


def test_mail_is_for_those_with_settings_of_a_relay() -> None:
    given = answers(
        {"name": "a", "env": {"SMTP_HOST": "mail"}}, {"name": "b", "secrets": ["SMTP_PASSWORD"]}, {"name": "c"}
    )
    assert [s.name for s in services.mail(given)] == ["a", "b"]


def test_the_quota_holds_two_generations_the_surge_and_the_migration() -> None:
    """5 replicas: 5 old, 5 new and 2 more; a migration of one of the two services; 250m and 512 MiB, 1000m and 2048 MiB."""
    given = answers({"name": "a", "commands": {"migrate": "x"}}, {"name": "b", "size": "large"})
    quota = sizes.quota(given, 5)
    assert (quota.pods, quota.cpu, quota.memory) == (13 + 12, "16", "31Gi")


def test_the_quota_has_room_for_two_pods_of_a_job_and_its_migration() -> None:
    job = {"name": "b", "kind": "job", "schedule": "0 3 * * *", "size": "large", "commands": {"migrate": "x"}}
    quota = sizes.quota(answers({"name": "a"}, job), 5)
    assert (quota.pods, quota.cpu, quota.memory) == (12 + 3, "6", "12Gi")
    assert quota.reason.endswith(" Pods of each job: 2.")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("alembic upgrade head", ["alembic", "upgrade", "head"]),
        ("a && b", ["sh", "-c", "a && b"]),
        ("X=1 migrate", ["sh", "-c", "X=1 migrate"]),
        ("echo $(DATABASE_HOST) $$", ["sh", "-c", "echo $$(DATABASE_HOST) $$$$"]),
        ("migrate 'two words'", ["migrate", "two words"]),
        ("it's", ["sh", "-c", "it's"]),
    ],
)
def test_a_migration_needs_a_shell_only_for_shell(command: str, expected: list[str]) -> None:
    assert services.argv(command) == expected
