"""What the strategy makes of one look at ECS, without waiting for anything: how far a service is, what it is told, how long it takes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import generated

HEAD = """\
set -Eeuo pipefail
export CLUSTER_NAME=shop WORK=. ENVIRONMENT=dev START_STRIKES=3 POLL=0
log() { :; }
warn() { :; }
is_job() { return 1; }
stack_field() { echo 2; }
unclear() { WHY="not understood"; return 1; }
# What is asked of AWS, a line each.
ask() { shift; echo "$*" >>calls; }
source ./tasks.sh
source ./strategy.sh
"""
ENV = """\
RELEASE_MOVED="web"
RELEASE_SHIFT='{"strategy": "CANARY", "bakeTimeInMinutes": 15, "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 30}}'
RELEASE_KEPT_MINUTES=15
RELEASE_PAUSE_SECONDS=1800
"""
ARN = "arn:aws:ecs:eu-central-1:1:task-definition/shop-web:"
USUAL: dict[str, Any] = {
    "strategy": "CANARY",
    "bakeTimeInMinutes": 15,
    "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 30},
    "alarms": {"alarmNames": ["a"], "enable": True, "rollback": True},
    "maximumPercent": 200,
}
AT_ONCE = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0, "alarms": USUAL["alarms"], "maximumPercent": 200}
GOING: dict[str, Any] = {
    "arn": "new",
    "status": "IN_PROGRESS",
    "stage": "BAKE_TIME",
    "weight": 100,
    "why": "",
    "first": False,
    "aside": True,
}


def run(
    folder: Path,
    program: str,
    side: Any = None,
    begun: str = "",
    asks: int = 2,
    runs: tuple[int, ...] = (1, 2),
    **service: Any,
) -> str:
    """What a program prints, where ECS says so of the service `web`."""
    for name in ("ecs/files/tasks.sh", "ecs-services/files/rollouts.sh", "ecs-shifting/files/strategy.sh"):
        shutil.copy(generated.TEMPLATES / name, folder)
    (folder / "shifting.env.sh").write_text(ENV)
    told = {
        "serviceName": "web",
        "status": "ACTIVE",
        "desiredCount": 2,
        "taskDefinition": f"{ARN}{asks}",
        "deploymentConfiguration": USUAL,
        "deployments": [{"status": "PRIMARY", "taskDefinition": f"{ARN}{asks}", "failedTasks": 0}],
    }
    files = {
        "services.json": {"services": [told | service]},
        "sides.json": {"web": side} if side else {},
        "tasks.json": {
            "tasks": [
                {"group": "service:web", "taskDefinitionArn": f"{ARN}{n}", "desiredStatus": "RUNNING"} for n in runs
            ]
        },
        "targets.json": {},
        "versions.json": {f"{ARN}{n}": f"v{n}" for n in (1, 2)},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    (folder / "moved").write_text("web\n")
    (folder / "begun").write_text(f"web {begun}\n" if begun else "")
    (folder / "calls").write_text("")
    done = subprocess.run(
        ["bash", "-c", HEAD + program], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


@pytest.mark.parametrize(
    ("begun", "side", "moving", "state"),
    [
        ("old", {}, "usual", "done"),
        ("-", {}, "usual", "done"),
        (
            "old",
            {"aside": False, "stage": "SCALE_UP", "weight": 0},
            "usual",
            "waiting its deployment is IN_PROGRESS SCALE_UP, 0 % of",
        ),
        ("new", {}, "usual", "waiting its deployment has not begun"),
        ("old", {}, "at-once", "waiting its deployment is IN_PROGRESS BAKE_TIME"),
        ("old", {"status": "SUCCESSFUL", "aside": False}, "at-once", "done"),
        ("old", {"status": "SUCCESSFUL", "aside": False}, "usual", "done"),
        ("", {"status": "ROLLBACK_SUCCESSFUL", "aside": True}, "at-once", "done"),
        (
            "",
            {"status": "ROLLBACK_IN_PROGRESS", "aside": True},
            "at-once",
            "waiting its deployment is ROLLBACK_IN_PROGRESS",
        ),
    ],
)
def test_how_far_a_service_is(tmp_path: Path, begun: str, side: Any, moving: str, state: str) -> None:
    assert run(tmp_path, f"MOVING={moving}; service_state web {ARN}2", GOING | side, begun).startswith(state)


def test_tasks_that_do_not_start_end_it(tmp_path: Path) -> None:
    deployments = [{"status": "PRIMARY", "taskDefinition": f"{ARN}2", "failedTasks": 3}]
    side = GOING | {"aside": False, "stage": "SCALE_UP"}
    said = run(tmp_path, f"service_state web {ARN}2", side, "old", deployments=deployments)
    assert said == "failed 3 tasks in a row did not start"


@pytest.mark.parametrize(
    ("asks", "begun", "side", "lost"),
    [
        (2, "old", {}, ""),
        (1, "old", {"status": "ROLLBACK_SUCCESSFUL", "why": "alarm"}, "ECS put shop-web:1 back: alarm"),
        (2, "old", {"status": "ROLLBACK_REQUESTED", "why": "alarm"}, "ECS went back: alarm"),
        (2, "old", {"status": "STOPPED"}, "ECS went back: it says no reason"),
        # Of a deployment before ours it says nothing.
        (2, "new", {"status": "ROLLBACK_SUCCESSFUL"}, ""),
        (2, "", {"status": "ROLLBACK_SUCCESSFUL"}, ""),
    ],
)
def test_why_ecs_does_not_go_on(tmp_path: Path, asks: int, begun: str, side: Any, lost: str) -> None:
    assert run(tmp_path, f"service_lost web {ARN}2", GOING | side, begun, asks) == lost


UPDATE = f"ecs update-service --cluster shop --service web --task-definition {ARN}2"


@pytest.mark.parametrize(
    ("what", "moving", "told", "noted"),
    [
        # It is there, or on its way: nothing is said.
        ({"side": GOING}, "usual", [], "web -"),
        ({"side": GOING | {"status": "SUCCESSFUL"}}, "usual", [], ""),
        ({"side": GOING | {"status": "ROLLBACK_SUCCESSFUL"}}, "at-once", [], ""),
        # Another revision is asked for.
        ({"side": GOING | {"status": "SUCCESSFUL"}, "asks": 1}, "usual", [UPDATE], "web new"),
        ({"asks": 1}, "usual", [UPDATE], "web none"),
        # ECS names it still, but went back from it: none of its tasks runs.
        (
            {"side": GOING | {"status": "ROLLBACK_SUCCESSFUL"}, "runs": (1,)},
            "usual",
            [f"{UPDATE} --force-new-deployment"],
            "web new",
        ),
    ],
)
def test_what_a_service_is_told(tmp_path: Path, what: dict[str, Any], moving: str, told: list[str], noted: str) -> None:
    run(tmp_path, f"MOVING={moving}; hand_service web {ARN}2", **what)
    assert calls(tmp_path) == told
    assert (tmp_path / "begun").read_text().strip() == noted


def configured(folder: Path) -> Any:
    (line,) = [one for one in calls(folder) if "--deployment-configuration" in one]
    return json.loads(line.partition("--deployment-configuration ")[2])


def test_on_the_way_back_all_requests_move_at_once_and_the_rest_is_left(tmp_path: Path) -> None:
    run(tmp_path, f"MOVING=at-once; hand_service web {ARN}2", GOING | {"status": "SUCCESSFUL"}, asks=1)
    assert configured(tmp_path) == AT_ONCE


def test_where_nothing_runs_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    run(tmp_path, f"hand_service web {ARN}2", None, asks=1, runs=(), desiredCount=0)
    assert configured(tmp_path) == AT_ONCE | {"bakeTimeInMinutes": 15}
    assert "--desired-count 2" in calls(tmp_path)[0]
    assert "register-scalable-target" in calls(tmp_path)[1]


def test_afterwards_it_is_as_usual_again_and_no_revision_is_named(tmp_path: Path) -> None:
    program = "snapshot() { :; }; echo web >file; _as_usual file"
    run(tmp_path, program, GOING, deploymentConfiguration=AT_ONCE)
    assert configured(tmp_path) == USUAL
    assert "--task-definition" not in calls(tmp_path)[0]
    run(tmp_path, program, GOING)
    assert calls(tmp_path) == []


@pytest.mark.parametrize(
    ("side", "seconds"),
    [({}, 120), ({"status": "SUCCESSFUL"}, 330), ({"first": True}, 330), ({"status": "ROLLBACK_SUCCESSFUL"}, 330)],
)
def test_going_back_is_quick_while_the_old_tasks_are_there(tmp_path: Path, side: Any, seconds: int) -> None:
    assert run(tmp_path, "strategy_undo_seconds; strategy_limit_seconds", GOING | side).split() == [str(seconds), "630"]


@pytest.mark.parametrize(
    ("side", "led"),
    [
        ({"weight": 10, "aside": False}, "v1"),
        ({"weight": 100, "aside": True}, "v2"),
        ({"weight": 10, "aside": False, "first": True}, "v2"),
        ({"weight": 10, "aside": False, "status": "ROLLBACK_IN_PROGRESS"}, "v1\nv2"),
        (None, "v2"),
    ],
)
def test_users_come_to_the_old_version_until_the_new_one_has_them_all(
    tmp_path: Path, side: dict[str, Any] | None, led: str
) -> None:
    assert run(tmp_path, "led_version web", GOING | side if side else None).strip() == led
