"""Releases on Kubernetes under load; see `tests/support/live/stories.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from generator.tree import Tree
from tests.real.conftest import NAMESPACE, Stage, controlled, rendered, staged, until
from tests.support import generated, scraped
from tests.support.live import stories
from tests.support.live.cluster import GRACE_SECONDS, PRE_STOP_SECONDS
from tests.support.live.door import Door
from tests.support.live.load import Load
from tests.support.live.metrics import Prometheus
from tests.support.live.pods import Manners
from tests.support.live.rollouts import SPEED, LiveRollouts
from tests.support.live.stories import ASKED, KNOBS, RATE, Scene
from tests.support.strategies import offered

pytestmark = pytest.mark.slow
CASE = generated.CASES / "example.yml"
MONITORED = ("prometheus", "prometheus-k8s")
ENDED = PRE_STOP_SECONDS + GRACE_SECONDS + 1
ENDED_SECONDS = {"native": ENDED, "argo-rollouts": ENDED + 60 / SPEED}
"""The controller keeps pods for a minute to which nobody is led any more."""
WAYS = [(delivery, strategy) for delivery in ENDED_SECONDS for strategy in offered("kubernetes", delivery)]
Edit = tuple[str, str, str]
ways = pytest.mark.parametrize(("delivery", "strategy"), WAYS)


def made(delivery: str, strategy: str) -> Tree:
    make = controlled if delivery == "argo-rollouts" else rendered
    return make(CASE, strategy, MONITORED, canary_steps=[20, 60, 100], canary_minutes=2, bake_minutes=3)


@contextmanager
def live(delivery: str, strategy: str, tmp_path: Path) -> Iterator[tuple[Stage, Scene]]:
    """A stage on which v1 serves."""
    stories.need_tools()
    tree = made(delivery, strategy)
    cluster = LiveRollouts(NAMESPACE, ASKED)
    folder = tmp_path / "live"
    folder.mkdir()
    door = Door(folder, ASKED, inside=True)
    rules, job = tree["monitoring/prometheus/rules/recording.yml"].text, scraped.services_job(tree)
    prometheus = Prometheus(folder / "prometheus", rules, job)
    with cluster.alive(door, prometheus), staged(tree, tmp_path, NAMESPACE, cluster) as stage:
        stage.environment.update(KNOBS)
        first = stage.deploy("v1", 1, JUDGE_SECONDS="1")
        assert first.returncode == 0, first.stderr
        yield stage, Scene(strategy, stage, cluster, door, ENDED_SECONDS[delivery])


@ways
def test_in_a_good_release_no_request_is_lost(delivery: str, strategy: str, tmp_path: Path) -> None:
    with live(delivery, strategy, tmp_path) as (_, scene):
        stories.good(scene)


@ways
@stories.BAD
def test_of_a_bad_release_users_see_little(
    delivery: str, strategy: str, manners: Manners, says: str, tmp_path: Path
) -> None:
    with live(delivery, strategy, tmp_path) as (_, scene):
        stories.bad(scene, manners, re.compile(says).search)


@ways
def test_a_version_that_turns_bad_while_it_is_watched_is_undone(delivery: str, strategy: str, tmp_path: Path) -> None:
    with live(delivery, strategy, tmp_path) as (_, scene):
        stories.turning_bad(scene)


def test_a_route_that_names_the_service_alone_would_lose_requests(tmp_path: Path) -> None:
    """The load balancer learns of the new pods when the Service is turned, and no earlier."""
    with live("native", "blue-green", tmp_path) as (stage, scene):
        stage.edit(
            "scripts/lib/sided.sh",
            '(("blue", "green", "plain") as $one | .name += suffix($one) | .weight = $weight * weight($one))',
            ".",
        )
        stage.released("v2", 2)
        with Load(RATE, scene.ports) as load:
            assert stage.deploy("v3", 3).returncode == 0
        lost = stories.lost_by_users(scene, load)
        print(f"{len(lost)} of {len(load.notes)} requests were lost")
        assert lost


MEETS_SECONDS, NEW_SIDE_SECONDS = 15, "25"
"""Until the load balancer knows pods of a Service that is new to it, and how long a release waits for that."""
changes = pytest.mark.parametrize(
    ("delivery", "strategy"), [("native", "blue-green"), ("native", "canary"), ("argo-rollouts", "canary")]
)
NO_WAIT: dict[str, Edit] = {
    "native": ("scripts/lib/strategy.sh", '  known_to_door "$1"\n', ""),
    "argo-rollouts": ("scripts/lib/applying.sh", '    pause "$NEW_SIDE_SECONDS"\n', ""),
}


@contextmanager
def changed(
    delivery: str, strategy: str, tmp_path: Path, meets: float = MEETS_SECONDS
) -> Iterator[tuple[Stage, Scene]]:
    """v1 was released by rolling; the next release is the first one by another strategy."""
    with live("native", "rolling", tmp_path) as (stage, scene):
        cluster = stage.cluster
        assert isinstance(cluster, LiveRollouts)
        stage.replaced(made(delivery, strategy))
        stage.environment.update(NEW_SIDE_SECONDS=NEW_SIDE_SECONDS, SETTLE_SECONDS="3")
        until(lambda: {service for service, _ in cluster.known} == set(ASKED))
        cluster.meets_seconds = meets
        # The first release of a Rollout takes no steps: everybody comes to it at once.
        told = "blue-green" if delivery == "argo-rollouts" else strategy
        yield stage, replace(scene, strategy=told, ended_seconds=ENDED_SECONDS[delivery])


@changes
def test_after_rolling_releases_no_request_is_lost(delivery: str, strategy: str, tmp_path: Path) -> None:
    with changed(delivery, strategy, tmp_path) as (_, scene):
        stories.good(scene)


@changes
def test_after_rolling_releases_who_came_to_a_bad_version_is_led_back(
    delivery: str, strategy: str, tmp_path: Path
) -> None:
    with changed(delivery, strategy, tmp_path) as (_, scene):
        stories.bad(scene, Manners(errors=0.5), re.compile(stories.SAYS_ERRORS).search)


@changes
def test_a_new_side_that_the_load_balancer_does_not_know_yet_would_lose_requests(
    delivery: str, strategy: str, tmp_path: Path
) -> None:
    # Longer than any script takes from one step to the next: only a wait could be enough.
    with changed(delivery, strategy, tmp_path, meets=600) as (stage, scene):
        stage.edit(*NO_WAIT[delivery])
        with Load(RATE, scene.ports) as load:
            assert stage.deploy("v2", 2).returncode == 0
        scene.print(load)
        assert stories.lost_by_users(scene, load)


def kept(delivery: str, strategy: str) -> Iterator[ParameterSet]:
    """What is taken out of a release, and how it ends then."""
    judges: tuple[Edit, ...] = (stories.NO_JUDGE,)
    if delivery == "argo-rollouts":
        # The controller is the other judge, and leads back by itself.
        judges += tuple((f"infrastructure/kubernetes/base/{name}/analysis.yaml", " 0.05", " 1") for name in ASKED)
    yield pytest.param(delivery, strategy, judges, 0, id=f"{delivery}-{strategy}-judge")
    if delivery == "native":
        back, code = (UNDO if strategy == "rolling" else BACK), (3 if strategy == "canary" else 4)
        yield pytest.param(delivery, strategy, (back,), code, id=f"{delivery}-{strategy}-switch-back")


BACK = ("scripts/lib/sides.sh", '    lead "$1" "$side" || return 1\n    log "users', '    log "users')
UNDO = ("scripts/lib/strategy.sh", "strategy_undo() {", "strategy_undo() {\n  return 0")


@pytest.mark.parametrize(("delivery", "strategy", "without", "code"), [one for way in WAYS for one in kept(*way)])
def test_without_it_users_would_stay_with_a_bad_version(
    delivery: str, strategy: str, without: tuple[Edit, ...], code: int, tmp_path: Path
) -> None:
    with live(delivery, strategy, tmp_path) as (stage, scene):
        for one in without:
            stage.edit(*one)
        stories.kept(scene, code, by_all=code == 0 or strategy != "canary")
