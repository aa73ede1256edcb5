"""Requests that are moved on ECS: what the scripts and Terraform are told agrees, and the runbook's commands are those of AWS."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from generator import shifts
from generator.parts import Runbook
from generator.plan import plan
from generator.served import settle
from tests.support import aws_front, generated

HERE = Path(__file__).parent
CASES = [
    generated.TEMPLATES / "ecs-blue-green/tests/cases/services.yml",
    generated.TEMPLATES / "ecs-canary/tests/cases/services.yml",
    generated.TEMPLATES / "ecs-canary/tests/cases/linear.yml",
]
BY_CASE = pytest.mark.parametrize("case", CASES, ids=generated.case_id)
MAIN = "infrastructure/terraform"
SETTINGS = "--deployment-configuration"
CHANGES = {"Change how releases are made", "From rolling to moved requests", "Back to rolling"}
RUNBOOKS = {
    "What a blue-green release does",
    "What a canary release does",
    "After a secret or a setting changed",
    *CHANGES,
}
ANSWERS = """#!/usr/bin/env bash
# One word for whatever is asked for, but for the settings and the load balancers of a service, and weights.
case "$*" in
  *advancedConfiguration*describe* | *describe-services*length\\(services*) echo 0 ;;
  *services\\[0\\].deploymentConfiguration*) echo '{"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10}}' ;;
  *.Weight\\ *) echo 0 ;;
  *) echo arn:aws:ecs:us-east-1:111122223333:service-deployment/shop-prod/web/1 ;;
esac
"""
CALLS = ("aws ", "echo web", "echo api", "DEPLOYMENT=", "HOW=", "KEY=", "for service", "how() {")


def text(case: Path, path: str) -> str:
    return generated.rendering(case).tree[path].text


@BY_CASE
def test_terraform_and_the_scripts_are_told_the_same(case: Path) -> None:
    script = text(case, "scripts/lib/shifting.env.sh")
    given = json.loads(re.findall(r"^export RELEASE_SHIFT='(.*)'$", script, re.M)[0])
    local = dict(re.findall(r"^    (\w+) += \"?(\w+)\"?$", text(case, f"{MAIN}/ecs-strategy.tf"), re.M))
    assert given == generated.module("ecs-shifting").configuration(
        shifts.Shift(local["strategy"], int(local["percent"]), int(local["pause_minutes"]), int(local["bake_minutes"]))
    )
    assert f"RELEASE_KEPT_MINUTES={local['bake_minutes']}\n" in script
    assert f"RELEASE_PAUSE_SECONDS={60 * shifts.shift_minutes(generated.answers(case))}\n" in script


@BY_CASE
def test_ecs_keeps_the_old_tasks_for_longer_than_the_judge_watches(case: Path) -> None:
    kept = int(re.findall(r"RELEASE_KEPT_MINUTES=(\d+)", text(case, "scripts/lib/shifting.env.sh"))[0])
    judged = int(re.findall(r"RELEASE_BAKE_SECONDS=(\d+)", text(case, "scripts/lib/release.env.sh"))[0])
    judge = text(case, "scripts/lib/judge.sh")
    late = sum(
        int(re.findall(rf"{name}=\"\${{{name}:-(\d+)}}\"", judge)[0])
        for name in ("JUDGE_GRACE_SECONDS", "JUDGE_SETTLE_SECONDS")
    )
    assert kept * 60 >= judged + late + 60


@BY_CASE
def test_the_services_that_are_moved_are_those_of_terraform(case: Path) -> None:
    moved = re.findall(r"^export RELEASE_MOVED='([^']*)'", text(case, "scripts/lib/shifting.env.sh"), re.M)[0]
    settings = text(case, f"{MAIN}/ecs-variables.tf")
    blocks = re.findall(r"^    ([a-z-]+) = {\n(.*?)^    }", settings, re.M | re.S)
    assert moved.split() == [name for name, block in blocks if re.search(r"requests = true", block)]


def test_how_to_change_the_strategy_stands_there_by_each_of_them() -> None:
    data = generated.raw(CASES[1])
    pages = {
        strategy: generated.tree_of(
            settle(data | {"deployment": {"strategy": strategy}} if strategy != "canary" else data)[0]
        )["docs/runbooks/deployment.md"].text
        for strategy in ("rolling", "blue-green", "canary")
    }
    changes = {page[page.index("## Change how") : page.index("## After a secret")] for page in pages.values()}
    assert len(changes) == 1
    assert "scripts/terraform.sh main dev plan -- -target=" in changes.pop()


def changing(**public: bool | None) -> str:
    """The sections on a change of the strategy, of services that are public, internal or (None) workers."""
    services = [
        {"name": n, "kind": "worker"} if is_ is None else {"name": n, "public": is_} for n, is_ in public.items()
    ]
    data = {"project": {"name": "shop"}, "services": services, "orchestration": {"platform": "ecs"}}
    sections = [one for one in plan(settle(data)[0]).parts.of(Runbook) if one.title in CHANGES]
    assert len(sections) == len(CHANGES)
    return "\n".join(words for one in sections for words in (one.text, *(word for step in one.steps for word in step)))


@pytest.mark.parametrize(
    ("services", "called", "workers"),
    [
        ({"web": True, "site": True}, [], []),
        ({"web": True, "api": False}, ["`api`"], []),
        ({"web": True, "mail": None}, [], ["`mail`"]),
        ({"web": True, "api": False, "mail": None, "users": False}, ["`api`, `users`"], ["`mail`"]),
    ],
)
def test_what_becomes_of_services_without_a_rule_is_said_where_there_are_any(
    services: dict[str, bool | None], called: list[str], workers: list[str]
) -> None:
    page = changing(**services)
    assert re.findall(r"^- (.+): called by other services alone,", page, re.M) == called
    assert re.findall(r"^- (.+): no requests to be moved,", page, re.M) == workers
    assert ("no rule of a load balancer" in page) is bool(called + workers)


def test_without_a_load_balancer_nothing_is_said_or_asked_of_one() -> None:
    page = changing(api=False, mail=None)
    assert "elbv2" not in page
    assert not re.search("target group(?! has to)", page)
    assert page.count('for service in api; do inside "$service"; done') == 2


@BY_CASE
def test_the_runbooks_commands_are_those_of_aws(case: Path, tmp_path: Path) -> None:
    front = aws_front.install(tmp_path, ANSWERS)
    commands = [
        command
        for part in generated.planned(case).parts.of(Runbook)
        if part.title in RUNBOOKS
        for _, command in part.steps
        # What reads a cluster is no call of AWS alone.
        if command.startswith(CALLS)
    ]
    assert len(commands) == 12
    given = {"AWS_ACCOUNT_ID": "111122223333", "CLUSTER_NAME": "shop-prod"}
    env = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"} | given
    # `aws logs tail` and `aws ecs wait` are no calls of the API.
    script = "\n".join(command for command in commands if "logs tail" not in command and " wait " not in command)
    done = subprocess.run(["bash", "-eu"], input=script, text=True, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert front.invalid() == []
    called = [tuple(words[:2]) for words in front.calls()]
    assert ("ecs", "stop-service-deployment") in called
    answers = generated.answers(case)
    public = sum(s.public for s in answers.services)
    # Both groups on the way there, one on the way back; and each service that no rule leads to is told as well.
    assert called.count(("elbv2", "modify-rule")) == 2 * public
    told = [json.loads(words[words.index(SETTINGS) + 1])["strategy"] for words in front.calls() if SETTINGS in words]
    assert told.count("ROLLING") == len(shifts.moved(answers))
    # Tasks that start anew do not take the steps of a release.
    anew = [words for words in front.calls() if "--force-new-deployment" in words]
    how = [json.loads(words[words.index(SETTINGS) + 1]) for words in anew if SETTINGS in words]
    assert how
    assert all(one == {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0} for one in how)
    assert {words[words.index("--service") + 1] for words in anew if SETTINGS not in words} == {"worker"}
