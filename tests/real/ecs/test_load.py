"""Releases on ECS under load; see `tests/support/live/stories.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.real.conftest import SERVICES, until
from tests.real.ecs.conftest import CASE, COMPONENTS, IDENTITY, Stage, staged
from tests.real.ecs.test_shifting import CASES
from tests.support import generated
from tests.support.live import stories
from tests.support.live.cloud import GRACE_SECONDS, KEPT_SECONDS, LiveCloud
from tests.support.live.door import Door
from tests.support.live.load import Load
from tests.support.live.metrics import Prometheus
from tests.support.live.pods import Manners
from tests.support.live.stories import ASKED, KNOBS, RATE, Scene
from tests.support.strategies import offered

pytestmark = pytest.mark.slow
STRATEGIES = {"rolling": CASE, "blue-green": CASES["blue-green"], "canary": CASES["canary"]}
TASKS = 2
DELAY = re.compile(r"deregistration_delay += (\d+)\n")
strategies = pytest.mark.parametrize("strategy", offered("ecs", "native"))


@contextmanager
def live(strategy: str, tmp_path: Path, delay: float | None = None) -> Iterator[tuple[Stage, Scene]]:
    """A stage on which v1 serves with several tasks. Their targets are drained as the infrastructure says."""
    stories.need_tools()
    case, folder = STRATEGIES[strategy], tmp_path / "live"
    tree = generated.made_by(case, *COMPONENTS, "prometheus", "terraform-aws-ecs")
    said = {found[1] for path, file in tree.items() if path.endswith(".tf") for found in DELAY.finditer(file.text)}
    assert len(said) == 1, f"delays of deregistration: {said}"
    ports = {one.name: one.port for one in generated.answers(case).services}
    cloud = LiveCloud(*IDENTITY, ports, float(said.pop()) if delay is None else delay)
    folder.mkdir()
    door = Door(folder, ASKED, inside=False)
    jobs = yaml.safe_load(tree["monitoring/prometheus/prometheus.yml"].text)["scrape_configs"]
    job = next(one for one in jobs if one["job_name"] == "services")
    prometheus = Prometheus(folder / "prometheus", tree["monitoring/prometheus/rules/recording.yml"].text, job)
    way = {"FRONT_DOOR": f"127.0.0.1:{door.front}"}
    with (
        cloud.alive(door, prometheus),
        staged(tree, tmp_path, SERVICES, case=case, cloud=cloud, **way, **KNOBS) as stage,
    ):
        # Before the first version there was nothing to be kept.
        cloud.kept_seconds = 0
        first = stage.deploy("v1", 1, JUDGE_SECONDS="1")
        assert first.returncode == 0, first.stderr
        cloud.kept_seconds = KEPT_SECONDS
        cloud.scale(TASKS)
        until(lambda: cloud.all_healthy(TASKS))
        yield stage, Scene(strategy, stage, cloud, door, cloud.drain_seconds + GRACE_SECONDS + 1)


@strategies
def test_in_a_good_release_no_request_is_lost(strategy: str, tmp_path: Path) -> None:
    with live(strategy, tmp_path) as (stage, scene):
        stories.good(scene)
        assert stage.verdicts == [("v1", "good"), ("v2", "good")]


@strategies
@stories.BAD
def test_of_a_bad_release_users_see_little(strategy: str, manners: Manners, says: str, tmp_path: Path) -> None:
    with live(strategy, tmp_path) as (stage, scene):
        stories.bad(scene, manners, re.compile(says).search)
        assert stage.verdicts == [("v1", "good"), ("v2", "bad")]


@strategies
def test_a_version_that_turns_bad_while_it_is_watched_is_undone(strategy: str, tmp_path: Path) -> None:
    with live(strategy, tmp_path) as (_, scene):
        stories.turning_bad(scene)


SCRIPT = "scripts/lib/strategy.sh"
NO_LOOK = (SCRIPT, "  ((STRIKES[$1] < JUDGE_STRIKES))", "  return 0")
"""An edit after which nothing is judged while a part of the users comes to a version."""
NO_UNDO = (SCRIPT, "strategy_undo() {", "strategy_undo() {\n  return 0")
NO_END = (
    SCRIPT,
    "          ask ended.json ecs stop-service-deployment",
    "          true || ask ended.json ecs stop-service-deployment",
)


@pytest.mark.parametrize(
    ("strategy", "without", "code"),
    [
        pytest.param("rolling", (stories.NO_JUDGE,), 0, id="rolling-judge"),
        pytest.param("rolling", (NO_UNDO,), 4, id="rolling-switch-back"),
        pytest.param("blue-green", (stories.NO_JUDGE,), 0, id="blue-green-judge"),
        pytest.param("blue-green", (NO_END,), 4, id="blue-green-switch-back"),
        pytest.param("canary", (stories.NO_JUDGE, NO_LOOK), 0, id="canary-judge"),
        pytest.param("canary", (NO_END,), 4, id="canary-switch-back"),
    ],
)
def test_without_it_users_would_stay_with_a_bad_version(
    strategy: str, without: Sequence[tuple[str, str, str]], code: int, tmp_path: Path
) -> None:
    with live(strategy, tmp_path) as (stage, scene):
        for edit in without:
            stage.edit(*edit)
        # Of a canary that is found bad on its way, ECS has moved a part of the users.
        stories.kept(scene, code, by_all=code == 0 or strategy != "canary")


def test_without_the_delay_of_deregistration_requests_would_be_lost(tmp_path: Path) -> None:
    """A task that gets its signal together with its target's end goes before the load balancer knows."""
    with live("rolling", tmp_path, delay=0) as (stage, scene):
        # Long enough for requests to come meanwhile, however slow the computer is; with the delay it would not be too late.
        scene.world.look_seconds = 0.5
        with Load(RATE, scene.ports) as load:
            assert stage.deploy("v2", 2).returncode == 0
        lost = stories.lost_by_users(scene, load)
        print(f"{len(lost)} of {len(load.notes)} requests were lost")
        assert lost
