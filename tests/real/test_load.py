"""Releases under load: real servers behind a real load balancer, judged by a real Prometheus, while users go on asking."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.real.conftest import NAMESPACE, STRATEGIES, Stage, images, rendered, staged, until
from tests.support import generated
from tests.support.live.cluster import GRACE_SECONDS, PRE_STOP_SECONDS, LiveCluster
from tests.support.live.door import Door
from tests.support.live.load import Load, Note
from tests.support.live.pods import Manners

pytestmark = pytest.mark.slow
CASE = generated.CASES / "example.yml"
ASKED = ("web", "api")
RATE = 160
"""Requests a second, to two services by two ways each."""
LEAST = 5000
ENDED_SECONDS = PRE_STOP_SECONDS + GRACE_SECONDS + 1
"""After a release, until its last old pods have ended, and kept connections with them."""
LIMITS = {"rolling": 670, "blue-green": 120, "canary": 120}
"""Seconds within which nobody comes to a bad version any more: of rolling releases, until all pods are replaced."""
KNOBS = {
    "DEPLOY_POLL_SECONDS": "0.3",
    "JUDGE_SECONDS": "12",
    "JUDGE_GRACE_SECONDS": "15",
    "JUDGE_SEND_RATE": "2",
    "JUDGE_MIN_ANSWERS": "5",
    "JUDGE_QUERY_SECONDS": "5",
    "NEW_SIDE_SECONDS": "3",
    "CANARY_STEP_SECONDS": "8",
}
strategies = pytest.mark.parametrize("strategy", STRATEGIES)


@contextmanager
def live(strategy: str, tmp_path: Path) -> Iterator[tuple[Stage, LiveCluster, Door]]:
    """A stage on which v1 serves."""
    for tool in ("haproxy", "prometheus"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    tree = rendered(CASE, strategy, ("prometheus",), canary_steps=[20, 60, 100])
    cluster = LiveCluster(NAMESPACE)
    folder = tmp_path / "live"
    folder.mkdir()
    rules = tree["monitoring/prometheus/rules/recording.yml"].text
    with cluster.alive(folder, rules, ASKED) as door, staged(tree, tmp_path, NAMESPACE, cluster) as stage:
        stage.environment.update(KNOBS)
        first = stage.deploy("v1", 1, JUDGE_SECONDS="1")
        assert first.returncode == 0, first.stderr
        yield stage, cluster, door


def ports(door: Door) -> list[int]:
    return [*door.users.values(), *door.inside.values()]


def news(load: Load) -> list[Note]:
    """The requests that did not come to the old version, or got no good answer."""
    return [one for one in load.notes if one.version != "v1" or one.failed]


@strategies
def test_in_a_good_release_no_request_is_lost(strategy: str, tmp_path: Path) -> None:
    with live(strategy, tmp_path) as (stage, _, door):
        with Load(RATE, ports(door), LEAST) as load:
            time.sleep(2)
            done = stage.deploy("v2", 2)
            assert done.returncode == 0, done.stderr
            time.sleep(ENDED_SECONDS)
        print(f"{strategy}: {len(load.notes)} requests, {len(load.failed())} failed")
        assert load.failed() == []
        assert len(load.notes) >= LEAST
        for port in ports(door):
            answered = [one for one in load.notes if one.port == port]
            assert {one.version for one in answered} == {"v1", "v2"}
            assert {one.kept for one in answered} == {True, False}
            assert answered[-1].version == "v2"


@strategies
@pytest.mark.parametrize(
    ("manners", "says"),
    [
        pytest.param(Manners(errors=0.5), "is above 0.05", id="errors"),
        pytest.param(Manners(seconds=0.8), "s is above 500 ms", id="slow"),
    ],
)
def test_of_a_bad_release_users_see_little(strategy: str, manners: Manners, says: str, tmp_path: Path) -> None:
    with live(strategy, tmp_path) as (stage, cluster, door):
        cluster.manners = dict.fromkeys(images(2).values(), manners)
        with Load(RATE, ports(door)) as load:
            time.sleep(2)
            done = stage.deploy("v2", 2)
            time.sleep(ENDED_SECONDS)
        assert done.returncode == 3, done.stderr
        assert says in done.stderr
        met = news(load)
        seconds = met[-1].at - met[0].at
        print(f"{strategy}: of {len(load.notes)} requests {len(load.failed())} failed, over {seconds:.0f} s")
        assert met, "the new version had users"
        assert seconds < LIMITS[strategy]
        assert {one.version for one in load.notes[-100:]} == {"v1"}
        assert not [one for one in load.failed() if one.version != "v2"], "who is led back loses nothing"
        if strategy == "canary":
            users = [one for one in load.notes if one.port in door.users.values() and met[0].at <= one.at <= met[-1].at]
            assert sum(one.version == "v2" for one in users) < 0.5 * len(users), "the first step is a fifth"


@strategies
def test_a_version_that_turns_bad_while_it_is_watched_is_undone(strategy: str, tmp_path: Path) -> None:
    with live(strategy, tmp_path) as (stage, cluster, door):
        with Load(RATE, ports(door)) as load, stage.running(*stage.arguments("v2", 2)) as release:
            until(lambda: cluster.weights("api").get("v2", 0) >= 50)
            time.sleep(2)
            cluster.manners = dict.fromkeys(images(2).values(), Manners(errors=1))
            assert release.wait(300) == 3
            time.sleep(ENDED_SECONDS)
        print(f"{strategy}: of {len(load.notes)} requests {len(load.failed())} failed")
        assert {one.version for one in load.notes[-100:]} == {"v1"}
        assert load.failed()


def test_a_route_that_names_the_service_alone_would_lose_requests(tmp_path: Path) -> None:
    """The load balancer learns of the new pods when the Service is turned, and no earlier."""
    with live("blue-green", tmp_path) as (stage, _, door):
        stage.edit(
            "scripts/lib/sides.sh",
            '(("blue", "green", "plain") as $one | .name += suffix($one) | .weight = $weight * weight($one))',
            ".",
        )
        stage.released("v2", 2)
        with Load(RATE, ports(door)) as load:
            assert stage.deploy("v3", 3).returncode == 0
        lost = [one for one in load.failed() if one.port in door.users.values()]
        print(f"{len(lost)} of {len(load.notes)} requests were lost")
        assert lost
