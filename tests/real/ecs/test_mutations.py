"""Proof that the stories judge: without the condition of a write, the look at ECS, the judge or the undo, they end otherwise."""

from __future__ import annotations

import time

import pytest

from tests.real.conftest import images
from tests.real.ecs.conftest import Stage
from tests.support.ecs_double import Faults

pytestmark = pytest.mark.slow


def test_without_the_condition_of_a_write_two_releases_would_run_at_once(stage: Stage) -> None:
    stage.edit("scripts/lib/store.sh", "local only=(--if-none-match '*')", "local only=()")
    stage.hold_lock("another", int(time.time()), 600)
    assert stage.deploy("v1", 1).returncode == 0


def test_without_the_look_at_the_revision_a_breaker_that_acted_would_pass_for_success(stage: Stage) -> None:
    stage.released("v1")
    stage.edit("scripts/lib/rollouts.sh", "if $primary.taskDefinition != $arn then", "if false then")
    stage.edit(
        "scripts/lib/rollouts.sh",
        '"done") [[ -z "$2" ]] || serves "$service" "$2" || waiting+=", $WHY" ;;',
        '"done") ;;',
    )
    stage.edit("scripts/lib/tasks.sh", '  [[ -z "$WHY" ]]', "  return 0")
    stage.cloud.faults = Faults(never_start={images(2)["worker"]})
    # Tasks that end again and again are a net of their own.
    assert stage.deploy("v2", 2, START_STRIKES="99").returncode == 0
    assert {version for version, _ in stage.cloud.serving("worker")} == {"v1"}


@pytest.mark.slow
def test_without_own_requests_errors_would_be_kept(stage: Stage) -> None:
    stage.edit("scripts/lib/way.sh", "asked() { routes", "asked() { return 0; routes")
    stage.cloud.faults = Faults(refusing=set(images(1).values()))
    assert stage.deploy("v1", 1).returncode == 0


@pytest.mark.slow
def test_without_the_undo_the_bad_version_would_stay(stage: Stage) -> None:
    stage.released("v1")
    stage.edit("scripts/lib/strategy.sh", "strategy_undo() {", "strategy_undo() {\n  return 0")
    stage.cloud.faults = Faults(refusing={images(2)["web"]})
    done = stage.deploy("v2", 2, UNDO_SECONDS="2", HEALTHY_SECONDS="1")
    assert done.returncode == 4
    assert stage.serving() == {"v2"}
