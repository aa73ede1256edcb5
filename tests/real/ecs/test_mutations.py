"""Proof that the stories judge: without the condition of a write, the look at ECS, the judge, its floors or the undo, they end otherwise."""

from __future__ import annotations

import time

import pytest

from tests.real.conftest import images
from tests.real.ecs.conftest import Stage
from tests.support.ecs_double import Faults
from tests.support.floors import FEW_ANSWERS, FEW_COUNTED, HARDLY_ASKS, TOO_FEW

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


def test_without_own_requests_errors_would_be_kept(stage: Stage) -> None:
    stage.edit("scripts/lib/way.sh", "asked() { routes", "asked() { return 0; routes")
    stage.cloud.faults = Faults(refusing=set(images(1).values()))
    assert stage.deploy("v1", 1).returncode == 0


def test_without_the_undo_the_bad_version_would_stay(stage: Stage) -> None:
    stage.released("v1")
    stage.edit("scripts/lib/strategy.sh", "strategy_undo() {", "strategy_undo() {\n  return 0")
    stage.cloud.faults = Faults(refusing={images(2)["web"]})
    done = stage.deploy("v2", 2, UNDO_SECONDS="2", HEALTHY_SECONDS="1")
    assert done.returncode == 4
    assert stage.serving() == {"v2"}


@pytest.mark.parametrize("floor", [True, False])
def test_without_the_floor_of_answers_a_version_that_nobody_asked_would_be_kept(stage: Stage, floor: bool) -> None:
    stage.released("v1")
    if not floor:
        stage.edit(*FEW_ANSWERS)
    stage.cloud.faults = Faults(refusing=set(images(2).values()), uncounted=True)
    done = stage.deploy("v2", 2, **HARDLY_ASKS)
    assert done.returncode == (3 if floor else 0), done.stderr
    assert bool(TOO_FEW.search(done.stderr)) is floor
    assert stage.serving() == {"v1" if floor else "v2"}


@pytest.mark.parametrize("floor", [True, False])
def test_without_the_floor_of_counted_requests_a_few_failures_would_end_a_good_release(
    stage: Stage, floor: bool
) -> None:
    stage.released("v1")
    if not floor:
        stage.edit(*FEW_COUNTED)
    stage.cloud.faults = Faults(rate=0.05, errors={images(2)["api"]: 0.5})
    done = stage.deploy("v2", 2, JUDGE_GRACE_SECONDS="1")
    assert done.returncode == (0 if floor else 3), done.stderr
    says = "its metrics count only 0.05 requests/s of version v2" if floor else "error ratio 0.5 is above 0.05"
    assert says in done.stderr
    assert stage.serving() == {"v2" if floor else "v1"}
