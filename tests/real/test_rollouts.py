"""Releases by Argo Rollouts: the scripts, and a double of its controller."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.conftest import NAMESPACE, SERVICES, Stage, controlled, images, staged
from tests.support import generated
from tests.support.kubernetes_double import Faults
from tests.support.rollouts_double import Cluster

CASE = generated.CASES / "example.yml"
KNOBS = {
    "NEW_SIDE_SECONDS": "0",
    "SETTLE_SECONDS": "0",
    "BACK_SECONDS": "3",
    "CONTROLLER_SECONDS": "3",
    "JUDGE_GRACE_SECONDS": "3",
}


@pytest.fixture
def strategy() -> str:
    return "canary"


@pytest.fixture
def stage(strategy: str, tmp_path: Path) -> Iterator[Stage]:
    """An empty cluster, and scripts of the strategy."""
    with staged(controlled(CASE, strategy, canary_steps=[10, 50, 100], canary_minutes=4, bake_minutes=2), tmp_path, NAMESPACE, Cluster(NAMESPACE)) as made:
        made.environment.update(KNOBS)
        cluster(made).tick = 120
        yield made


def cluster(stage: Stage) -> Cluster:
    assert isinstance(stage.cluster, Cluster)
    return stage.cluster


def serves_alone(stage: Stage, version: str) -> None:
    for name in SERVICES:
        assert stage.cluster.led(name)["inside"] == {version}, name
        assert stage.cluster.weights(name) in ({version: 100}, {}), name
        assert cluster(stage).phase(name) == "Healthy", name


@pytest.mark.parametrize("strategy", ["canary", "blue-green", "rolling"])
def test_a_good_release(stage: Stage) -> None:
    first = stage.deploy("v1", 1)
    assert first.returncode == 0, first.stderr
    serves_alone(stage, "v1")
    second = stage.deploy("v2", 2)
    assert second.returncode == 0, second.stderr
    serves_alone(stage, "v2")
    assert [(one["version"], one["verdict"]) for one in stage.ledger] == [("v1", "good"), ("v2", "good")]
