"""Proof that the stories judge: without the health gate, the floor of traffic or the undo, they end otherwise."""

from __future__ import annotations

import pytest

from tests.real.conftest import Stage, images
from tests.support.kubernetes_double import Faults


def test_without_the_health_gate_pods_that_answer_errors_would_be_kept(stage: Stage) -> None:
    stage.edit("scripts/lib/judge.sh", "((failed > JUDGE_SPARE_FAILURES))", "false")
    stage.cluster.faults = Faults(refusing=set(images(1).values()))
    assert stage.deploy("v1", 1).returncode == 0


@pytest.mark.slow
def test_without_the_error_ratio_a_release_that_fails_requests_would_be_kept(stage: Stage) -> None:
    stage.edit("scripts/lib/judge.sh", "above:*) WHY=", "above:never) WHY=")
    stage.edit("scripts/lib/judge.sh", "within:within)", "within:within | above:*)")
    stage.cluster.faults = Faults(errors={images(1)["api"]: 0.5})
    assert stage.deploy("v1", 1).returncode == 0


@pytest.mark.slow
def test_without_the_floor_of_traffic_a_good_release_could_not_be_judged(stage: Stage) -> None:
    stage.edit("scripts/lib/traffic.sh", '    _send "$round" &\n', "")
    done = stage.deploy("v1", 1, JUDGE_GRACE_SECONDS="0")
    assert done.returncode == 6
    assert "answered only 0 of the requests that were sent" in done.stderr


@pytest.mark.slow
def test_without_the_undo_the_bad_version_would_stay(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.edit("scripts/lib/strategy.sh", "strategy_undo() {", "strategy_undo() {\n  return 0")
    stage.cluster.faults = Faults(errors={images(2)["web"]: 0.5})
    done = stage.deploy("v2", 2, UNDO_SECONDS="2", HEALTHY_SECONDS="1")
    assert done.returncode == 4
    assert stage.serving() == {"v2"}


@pytest.mark.slow
def test_without_the_lock_two_releases_would_run_at_once(stage: Stage) -> None:
    stage.edit("scripts/lib/deploying.sh", "  take_lock\n", "")
    stage.cluster.create(
        "leases",
        "shop",
        {
            "metadata": {"name": "deploy"},
            "spec": {
                "holderIdentity": "another",
                "renewTime": "2100-01-01T00:00:00.000000Z",
                "leaseDurationSeconds": 60,
            },
        },
    )
    assert stage.deploy("v1", 1).returncode == 0
