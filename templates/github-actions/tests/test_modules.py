"""What the modules decide: who reviews, when is scanned and what, how long a release may take, what is kept up to date."""

from __future__ import annotations

from typing import Any

import pytest

from generator.answers import Answers
from generator.answers.read import convert
from generator.component import Parts
from generator.parts import CiVariable, UpdateSource
from tests.support import generated

environments = generated.module("github-actions", "environments")
security = generated.module("github-actions", "security")
services = generated.module("github-actions", "services")
settings = generated.module("github-actions", "settings")


def answers(*given: dict[str, Any], owner: str = "", domain: str = "shop.example.org", **more: Any) -> Answers:
    return convert(
        {
            "project": {"name": "shop", "owner": owner, "domain": domain},
            "services": list(given) or [{"name": "web"}],
            "environments": ["dev", "prod"],
            **more,
        }
    )


@pytest.mark.parametrize(
    ("owner", "reviewer"),
    [
        ("@acme/platform", {"type": "Team", "org": "acme", "slug": "platform"}),
        ("@ann", {"type": "User", "login": "ann"}),
        ("Platform team", {}),
        ("@acme/platform and @ann", {}),
        ("", {}),
    ],
)
def test_the_owner_reviews_where_github_knows_it(owner: str, reviewer: dict[str, str]) -> None:
    assert settings.reviewer_of(answers(owner=owner)) == reviewer


@pytest.mark.parametrize(("owner", "second"), [("@acme/platform", True), ("@ann", False), ("", False)])
def test_only_of_a_team_a_second_person_is_asked(owner: str, second: bool) -> None:
    made = settings.settings_of(answers(owner=owner), Parts([]))
    rules = {rule["type"]: rule.get("parameters", {}) for rule in made["rulesets"][0]["rules"]}
    assert rules["pull_request"]["required_approving_review_count"] == int(second)
    assert rules["pull_request"]["require_code_owner_review"] == second
    (production,) = (e for e in made["environments"] if e["name"] == "prod")
    assert production["prevent_self_review"] == second
    assert bool(production["reviewers"]) == bool(owner)


def test_nobody_is_asked_to_roll_back() -> None:
    made = settings.settings_of(answers(owner="@acme/platform"), Parts([]))
    assert [(e["name"], bool(e["reviewers"])) for e in made["environments"]] == [
        ("dev", False), ("prod", True), ("prod-rollback", False),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["shop", "a", "billing", "x" * 63])
def test_projects_are_scanned_in_the_night_to_monday_but_not_at_once(name: str) -> None:
    minute, hour, *rest = security.scan_schedule(convert({"project": {"name": name}})).split()
    assert (7 <= int(minute) <= 56, 1 <= int(hour) <= 5, rest) == (True, True, ["*", "*", "1"])
    others = {security.scan_schedule(convert({"project": {"name": f"{name[:60]}-{n}"}})) for n in range(9)}
    assert len(others) > 1


@pytest.mark.parametrize(
    ("given", "hosts", "notice"),
    [
        ({}, ("dev-web.shop.example.org",), ""),
        ({"environments": ["prod"]}, (), "no environment before production"),
        ({"domain": ""}, (), "project.domain"),
        ({"services": [{"name": "web", "public": False}]}, (), "No service is public"),
    ],
)
def test_production_is_never_attacked_and_the_reason_is_said(
    given: dict[str, Any], hosts: tuple[str, ...], notice: str
) -> None:
    made = answers(**given)
    assert security.zap_hosts(made) == hosts
    assert notice in security.zap_notice(made)


def test_a_release_may_take_as_long_as_its_steps_and_never_more_than_a_job_of_github() -> None:
    migrates = {"commands": {"migrate": "x"}}
    two = answers({"name": "a", **migrates}, {"name": "b", **migrates}, deployment={"bake_minutes": 15})
    assert environments.release_minutes(two) == 60 + 15 + 2 * 11
    # Where ECS moves the requests: the pauses between the steps, and the old tasks stay for five minutes more.
    moved = answers(
        {"name": "a"}, deployment={"strategy": "canary", "canary_steps": [10, 100]}, orchestration={"platform": "ecs"}
    )
    assert environments.release_minutes(moved) == 60 + 10 + 30 + 5
    for delivery, late in (("native", 3 * 5), ("argo-rollouts", 0)):
        stepped = answers(
            {"name": "a"}, deployment={"strategy": "canary", "canary_minutes": 45}, orchestration={"delivery": delivery}
        )
        assert environments.release_minutes(stepped) == 60 + 10 + 45 + late
    # A script takes each step, and may be late with each.
    by_script = answers({"name": "a"}, deployment={"strategy": "canary", "canary_steps": [5, 10, 50, 100]})
    assert environments.release_minutes(by_script) == 60 + 10 + 30 + 3 * 5


STEPS = [5, 10, 50, 100]
EQUAL = [14, 28, 42, 56, 70, 84, 98, 100]


@pytest.mark.parametrize(
    ("platform", "steps", "canary", "bake", "migrations", "nearest"),
    [
        ("kubernetes", STEPS, 240, 60, 0, {"canary_minutes": 225}),
        ("kubernetes", STEPS, 225, 60, 1, {"canary_minutes": 214}),
        ("kubernetes", STEPS, 30, 10, 25, {"canary_minutes": 3, "bake_minutes": 7}),
        ("kubernetes", STEPS, 3, 10, 25, {"bake_minutes": 7}),
        ("argo", STEPS, 240, 60, 2, {"canary_minutes": 218}),
        ("argo", STEPS, 30, 22, 25, {"canary_minutes": 3}),
        ("ecs", [10, 100], 300, 10, 0, {"canary_minutes": 285}),
        ("ecs", EQUAL, 350, 12, 0, {"canary_minutes": 280}),
        ("ecs", EQUAL, 7, 16, 25, {"bake_minutes": 13}),
        ("kubernetes", [100], 30, 60, 24, {"bake_minutes": 36}),
        ("kubernetes", [*range(1, 71), 100], 70, 10, 0, {"canary_steps": "1,100"}),
    ],
)  # fmt: skip
def test_what_no_job_lives_to_see_the_end_of_is_refused_with_the_nearest_that_fits(
    platform: str, steps: list[int], canary: int, bake: int, migrations: int, nearest: dict[str, Any]
) -> None:
    orchestration = {"kubernetes": {}, "argo": {"delivery": "argo-rollouts"}, "ecs": {"platform": "ecs"}}[platform]
    services = [{"name": f"s{n}", "port": 8000 + n, "commands": {"migrate": "x"}} for n in range(migrations)]
    deployment = {
        "strategy": "canary" if steps != [100] else "rolling",
        "canary_steps": steps, "canary_minutes": canary, "bake_minutes": bake,
    }  # fmt: skip

    def made(**more: Any) -> Answers:
        return answers(*services, orchestration=orchestration, deployment=deployment | more)

    problems = tuple(environments.too_long(made()))
    assert {p.key.removeprefix("deployment."): p.nearest for p in problems} == {k: str(v) for k, v in nearest.items()}
    assert all("GitHub ends a job after 360 minutes" in p.message for p in problems)
    fits = {
        key: [int(n) for n in value.split(",")] if isinstance(value, str) else value for key, value in nearest.items()
    }
    assert not list(environments.too_long(made(**fits)))
    assert environments.release_minutes(made(**fits)) <= 360
    for key, value in fits.items():
        step = 7 if steps == EQUAL else 1
        assert isinstance(value, list) or list(environments.too_long(made(**fits | {key: value + step})))


def test_more_migrations_than_a_job_has_time_for_are_refused_with_their_number() -> None:
    def made(count: int) -> Answers:
        migrates = {"commands": {"migrate": "x"}}
        return answers(
            *({"name": f"s{n}", "path": f"s{n}", **migrates} for n in range(count)), deployment={"bake_minutes": 1}
        )

    (problem,) = environments.too_long(made(30))
    assert (problem.key, problem.given, problem.valid) == (
        "services", "30 services that migrate", "at most 27 of them with the other answers",
    )  # fmt: skip
    assert not list(environments.too_long(made(27)))
    assert list(environments.too_long(made(28)))


def test_a_release_reads_no_role_and_no_state() -> None:
    given = Parts(
        CiVariable(name=name, purpose="x", source=source)
        for name, source in (("QUEUE_URL", "main"), ("X_ROLE_ARN", "main"), ("STATE_BUCKET", "main"), ("CHAT", "user"))
    )
    names = environments.release_variables(answers(), given)
    assert "QUEUE_URL" in names
    assert not {"X_ROLE_ARN", "STATE_BUCKET", "CHAT", "DATABASE_HOST"} & {*names}
    assert "DATABASE_HOST" in environments.release_variables(answers(data={"database": "postgres"}), given)


def test_an_environment_waits_for_the_one_before() -> None:
    dev, staging, prod = environments.environments_of(answers(environments=["dev", "staging", "prod"]))
    assert (dev.needs, staging.needs, prod.needs) == (("build",), ("build", "deploy-dev"), ("build", "deploy-staging"))
    assert (dev.apply_needs, prod.apply_needs) == ((), ("apply-staging",))
    assert dev.url == "https://dev-web.shop.example.org"


def test_a_service_has_a_row_for_each_kind_of_test_that_it_has() -> None:
    given = answers(
        {"name": "a", "path": "a", "commands": {"lint": "l", "unit": "u", "e2e": "e"}},
        {"name": "b", "path": "b", "public": False, "commands": {"lint": "", "unit": "u", "e2e": "e"}},
    )
    rows = [(r["service"], r["kind"]) for r in services.rows_of(given, "lint", "unit")]
    assert rows == [("a", "lint"), ("a", "unit"), ("b", "unit")]
    assert [(r["service"], r["host"]) for r in services.live_rows(given)] == [("a", "a.shop.example.org")]


def test_each_ecosystem_is_looked_after_where_it_is() -> None:
    given = answers(
        {"name": "a", "path": "src/a", "language": "node", "package_manager": "yarn"},
        {"name": "b", "path": "src/b", "language": "node", "package_manager": "npm"},
        {"name": "c", "path": "."},
    )
    parts = Parts([UpdateSource(ecosystem="npm", directory="/docs"), UpdateSource(ecosystem="docker", directory="/i")])
    found = {row["ecosystem"]: row["directories"] for row in services.updates_of(given, parts)}
    assert found == {"docker": ["/i"], "npm": ["/docs", "/src/a", "/src/b"], "uv": ["/"]}


def test_codeql_reads_each_language_once_and_the_workflows() -> None:
    given = answers({"name": "a", "language": "go"}, {"name": "b", "language": "go"}, {"name": "c", "language": "java"})
    assert [row["language"] for row in services.codeql_of(given)] == ["actions", "go", "java-kotlin"]
