"""What goes before an environment on ECS is destroyed, run for real; stand-ins for aws and the scripts that it calls."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import generated

CASE = generated.TEMPLATES / "ecs/tests/cases/example.yml"
AWS = """#!/bin/bash
printf '%s\\n' "$*" >>"$STAND_IN/calls"
case "$*" in
  *describe-clusters*) cat "$STAND_IN/cluster" ;;
  *list-services*) cat "$STAND_IN/services" ;;
  *list-schedules*) printf 'report\\tcleanup\\n' ;;
  *list-tasks*) cat "$STAND_IN/tasks" ;;
  *describe-tasks*) cat "$STAND_IN/lone" ;;
  *stop-task*) [[ -e "$STAND_IN/endless" ]] || { echo None >"$STAND_IN/tasks"; : >"$STAND_IN/lone"; } ;;
  *) exit 64 ;;
esac
"""
PREVIEW = """#!/bin/bash
printf 'preview.sh %s\\n' "$*" >>"$STAND_IN/calls"
case "$1" in
  list) if [[ -e "$STAND_IN/list-error" ]]; then cat "$STAND_IN/list-error" >&2; exit 1; fi; echo '[{"number": 7}, {"number": 12}]' ;;
  down) [[ ! -e "$STAND_IN/stuck" || "$3" != 7 ]] ;;
esac
"""
JOBS = """#!/bin/bash
printf 'jobs.sh %s\\n' "$*" >>"$STAND_IN/calls"
"""
RUN = """
set -Eeuo pipefail
source scripts/lib/common.sh
source scripts/lib/cloud.sh
source scripts/lib/platform.sh
run platform_before_destroy "$1"
"""


@dataclass(frozen=True)
class Stage:
    """A generated repository whose tools are stand-ins."""

    root: Path
    stand_in: Path

    def says(self, what: str, text: str) -> None:
        """What AWS says from now on."""
        (self.stand_in / what).write_text(text)

    def run(self, environment: str = "dev") -> subprocess.CompletedProcess[str]:
        """What the destroy action runs first."""
        return subprocess.run(
            ["bash", "-c", RUN, "destroy", environment],
            cwd=self.root,
            env={
                "PATH": f"{self.stand_in}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(self.root),
                "STAND_IN": str(self.stand_in),
                "TASKS_SECONDS": (self.stand_in / "seconds").read_text(),
                "DEPLOY_POLL_SECONDS": "0.1",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def called(self, word: str) -> list[str]:
        """The calls that hold a word."""
        return [line for line in (self.stand_in / "calls").read_text().splitlines() if word in line]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    tree = generated.made_by(CASE, "aws", "scripts", "terraform-aws-ecs", "previews")
    root, stand_in = generated.write(tree, tmp_path / "repository"), tmp_path / "stand-in"
    stand_in.mkdir()
    for path, text in {
        stand_in / "aws": AWS,
        root / "scripts/preview.sh": PREVIEW,
        root / "scripts/jobs.sh": JOBS,
    }.items():
        path.write_text(text)
        path.chmod(0o755)
    made = Stage(root, stand_in)
    made.says("seconds", "60")
    made.says("cluster", "ACTIVE\n")
    made.says("services", "\n")
    made.says("tasks", "arn:run\tarn:of-a-service\n")
    made.says("lone", "arn:run\n")
    return made


def test_previews_go_jobs_pause_and_runs_end(stage: Stage) -> None:
    done = stage.run()
    assert done.returncode == 0, done.stderr
    assert stage.called("preview.sh down") == ["preview.sh down --number 7", "preview.sh down --number 12"]
    assert stage.called("jobs.sh") == [f"jobs.sh pause {job} --environment dev" for job in ("report", "cleanup")]
    assert [line.split("--task ")[1].split()[0] for line in stage.called("stop-task")] == ["arn:run"]
    order = [line for line in stage.called("") if "down" in line or "pause" in line or "stop-task" in line]
    assert order[-1] == stage.called("stop-task")[0]
    # Of the cluster that the answers name.
    assert all("shop-dev" in line for line in stage.called(" ecs "))


def test_other_environments_have_no_previews(stage: Stage) -> None:
    done = stage.run("staging")
    assert done.returncode == 0, done.stderr
    assert stage.called("preview.sh") == []
    assert len(stage.called("stop-task")) == 1


def stuck_preview(stage: Stage) -> None:
    stage.says("stuck", "")


def lost_service(stage: Stage) -> None:
    stage.says("services", "arn:aws:ecs:us-east-1:1:service/shop-dev/pr-7-web\n")


def endless_task(stage: Stage) -> None:
    stage.says("endless", "")
    stage.says("seconds", "1")


def no_list(stage: Stage) -> None:
    stage.says("list-error", "aws s3api list-objects-v2: An error occurred (AccessDenied)")


@pytest.mark.parametrize(
    ("arrange", "says"),
    [
        (stuck_preview, "previews are left, and nothing was destroyed: 7"),
        (lost_service, "services of previews are left"),
        (endless_task, "tasks are left after 1 s, and nothing was destroyed: arn:run"),
        (no_list, "which previews there are is not told"),
    ],
)
def test_what_is_left_stops_the_destruction(stage: Stage, arrange: object, says: str) -> None:
    assert callable(arrange)
    arrange(stage)
    done = stage.run()
    assert done.returncode == 1, done.stderr
    assert says in done.stderr


def test_it_may_be_run_again_when_the_record_or_the_cluster_is_gone(stage: Stage) -> None:
    stage.says("list-error", "aws s3api list-objects-v2: An error occurred (NoSuchBucket)")
    assert stage.run().returncode == 0
    stage.says("cluster", "None\n")
    (stage.stand_in / "calls").unlink()
    assert stage.run().returncode == 0
    assert len(stage.called("")) == 1
