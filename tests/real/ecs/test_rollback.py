"""Going back by hand on ECS, and the health check."""

from __future__ import annotations

import json
import time

import pytest

from tests.real.conftest import SERVICES, images, until
from tests.real.ecs.conftest import Stage
from tests.real.ecs.killing import REPLACING, WATCHED, Point, killed
from tests.support.ecs_double import Faults
from tests.support.stage import kill


@pytest.mark.slow
def test_it_goes_back_to_the_release_before_even_while_frozen_and_not_to_what_it_left(stage: Stage) -> None:
    stage.released("v1", "v2")
    stage.cloud.put("freeze", "incident")
    revisions = dict(stage.cloud.revisions)
    code, text = stage.rollback()
    assert code == 0, text
    assert "from v2 to v1" in text
    assert "within 120 s" in text
    assert {name: stage.cloud.serving(name) for name in SERVICES} == {
        name: {("v1", one)} for name, one in images(1).items()
    }
    # The very revisions that ran then.
    assert stage.cloud.revisions == revisions
    assert stage.verdicts[-2:] == [("v2", "withdrawn"), ("v1", "good")]
    assert stage.ledger[-1]["kind"] == "rollback"
    stage.cloud.calls.clear()
    code, text = stage.rollback()
    assert code == 1, text
    assert "no good release older than v1 to go back to is on record; there are: v2 (withdrawn), v1 (good)" in text
    assert stage.cloud.changes == []


@pytest.mark.slow
def test_twice_goes_two_releases_back(stage: Stage) -> None:
    stage.released("v1", "v2", "v3")
    for version in ("v2", "v1"):
        code, text = stage.rollback()
        assert code == 0, text
        assert stage.serving() == {version}
    code, text = stage.rollback("--to", "v3")
    assert code == 0, text
    assert "v3 is not good any more (withdrawn: left for v2): going there since it was named" in text
    assert stage.serving() == {"v3"}


@pytest.mark.slow
def test_a_rollback_that_was_killed_is_carried_on(stage: Stage) -> None:
    stage.released("v1", "v2")
    stage.cloud.faults = Faults(slow={images(1)["web"]: 10**9})
    with stage.running("scripts/rollback.sh", "--environment", "dev") as killed:
        until(lambda: stage.cloud.changes.count("ecs:UpdateService") == len(SERVICES))
        kill(killed)
    stage.cloud.faults = Faults()
    stage.hold_lock("killed", 1)
    code, text = stage.rollback()
    assert code == 0, text
    assert stage.serving() == {"v1"}


@pytest.mark.slow
@pytest.mark.parametrize("point", [REPLACING, WATCHED], ids=lambda point: point.name)
def test_it_goes_back_from_a_release_that_was_killed(stage: Stage, point: Point) -> None:
    stage.released("v1")
    killed(stage, point)
    code, text = stage.rollback()
    assert code == 0, text
    assert stage.serving() == {"v1"}
    assert stage.verdicts == [("v1", "good"), ("v1", "good")]


@pytest.mark.slow
def test_it_waits_for_the_lock_of_a_release_that_was_killed(stage: Stage) -> None:
    stage.released("v1", "v2")
    stage.hold_lock("killed", int(time.time()), 4)
    code, text = stage.rollback()
    assert code == 0, text
    assert "waiting for the lock of killed, " in text
    assert "took over the lock of killed" in text
    assert stage.serving() == {"v1"}


@pytest.mark.slow
def test_a_dry_run_changes_nothing(stage: Stage) -> None:
    stage.released("v1", "v2")
    done = stage.script("scripts/rollback.sh", "--environment", "dev", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert images(1)["web"] in done.stdout
    assert stage.cloud.changes == []
    assert stage.serving() == {"v2"}


@pytest.mark.slow
def test_a_rollback_that_does_not_serve_is_exit_4(stage: Stage) -> None:
    stage.released("v1", "v2")
    stage.cloud.breaker = False
    stage.cloud.faults = Faults(never_start={images(1)["web"]})
    code, text = stage.rollback()
    assert code == 4, text
    assert "ROLLBACK FAILED, a person is needed: not rolled out: web: " in text
    assert stage.verdicts[-1] == ("v1", "failed")


@pytest.mark.slow
def test_the_health_check_names_the_version_that_serves(stage: Stage) -> None:
    assert stage.health() == (1, "".join(f"failed  {name}: nothing was released\n" for name in SERVICES))
    stage.released("v1")
    inside = "".join(f"ok      {name}: v1\n" for name in SERVICES)
    ways = "ok      web: http://dev-web.shop.invalid\nok      api: http://dev-api.shop.invalid\n"
    assert stage.health() == (0, inside + ways)
    assert stage.health("--version", "v1", "--service", "worker") == (0, "ok      worker: v1\n")
    code, text = stage.health("--version", "v2", "--inside")
    assert code == 1
    assert "version v1 still runs beside v2" in text
    stage.cloud.faults = Faults(refusing={images(1)["api"]})
    code, text = stage.health()
    assert code == 1
    assert "failed  api: the way in: http://dev-api.shop.invalid/healthz answers 500" in text
    assert stage.cloud.changes == []


@pytest.mark.slow
def test_a_revision_from_before_there_was_a_health_check_is_gone_back_to(stage: Stage) -> None:
    """Of its tasks AWS never says HEALTHY, whatever the repository asks for by now."""
    path = stage.root / "infrastructure/ecs/worker.json"
    checked = path.read_text()
    bare = json.loads(checked)
    del bare["containerDefinitions"][0]["healthCheck"]
    path.write_text(json.dumps(bare))
    quick = {"JUDGE_SECONDS": "0", "JUDGE_MIN_ANSWERS": "0"}
    done = stage.deploy("v1", 1, **quick)
    assert done.returncode == 0, done.stderr
    path.write_text(checked)
    done = stage.deploy("v2", 2, **quick)
    assert done.returncode == 0, done.stderr
    # And of the others it must be said: the file as it lies there does not decide for a revision that has one.
    path.write_text(json.dumps(bare))
    task = next(
        t for t in stage.cloud.tasks.values() if t["group"] == "service:worker" and t["desiredStatus"] == "RUNNING"
    )
    task["healthStatus"] = "UNKNOWN"
    stage.cloud.faults = Faults(slow={images(2)["worker"]: 10**9})
    code, text = stage.health("--service", "worker", "--inside")
    assert code == 1
    assert "worker: 0 of 1 tasks of v2 are running and healthy" in text
    path.write_text(checked)
    stage.cloud.faults = Faults()
    code, text = stage.rollback()
    assert code == 0, text
    assert stage.serving() == {"v1"}
    assert stage.health("--service", "worker", "--inside") == (0, "ok      worker: v1\n")
    assert {
        t["healthStatus"]
        for t in stage.cloud.tasks.values()
        if t["group"] == "service:worker" and t["desiredStatus"] == "RUNNING"
    } == {"UNKNOWN"}


@pytest.mark.slow
def test_the_health_check_sees_targets_that_the_load_balancer_does_not_take(stage: Stage) -> None:
    stage.released("v1")
    task = next(
        t for t in stage.cloud.tasks.values() if t["group"] == "service:web" and t["desiredStatus"] == "RUNNING"
    )
    task["healthStatus"] = "UNKNOWN"
    stage.cloud.faults = Faults(slow={images(1)["web"]: 10**9})
    code, text = stage.health("--service", "web", "--inside")
    assert code == 1
    assert "web: 0 of 1 tasks of v1 are running and healthy" in text
