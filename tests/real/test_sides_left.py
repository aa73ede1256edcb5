"""What releases with two sides find there, and leave: half-finished ones of other strategies, empty sides, services that are gone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.answers.read import convert
from generator.plan import plan
from generator.render import render
from generator.tree import Tree
from tests.real.conftest import COMPONENTS, NAMESPACE, SERVICES, Stage, images, rendered, until
from tests.real.test_sides import CASE, WHOLE, on_record, serves_alone, sided, sides
from tests.support import generated
from tests.support.kubernetes_double import VERSION, Cluster, Faults
from tests.support.stage import kill
from tests.support.strategies import carrying_out

pytestmark = pytest.mark.slow


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """With blue-green, where the story does not say another strategy."""
    with sided(getattr(request, "param", "blue-green"), tmp_path) as made:
        yield made


rolling = pytest.mark.parametrize("stage", ["rolling"], indirect=True)
canary = pytest.mark.parametrize("stage", ["canary"], indirect=True)


def inside(cluster: Cluster, service: str = "api") -> set[str]:
    """The versions of the ready pods that a Service selects."""
    return {pod["metadata"]["labels"][VERSION] for pod in cluster.behind(service, NAMESPACE)}


# What the load balancer needs


def test_a_side_goes_only_when_the_load_balancer_has_followed(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.released("v2", 2)
    done: list[tuple[float, str]] = []
    stage.cluster.watchers.append(lambda _, method, path: done.append((time.monotonic(), f"{method} {path}")))
    assert stage.script("scripts/rollback.sh", "--environment", "dev", FOLLOW_SECONDS="4").returncode == 0
    gone = next(at for at, what in done if what.startswith("DELETE") and "/deployments/" in what)
    led = max(at for at, what in done if what.startswith("PATCH") and "/httproutes/" in what and at < gone)
    assert gone - led >= 3, "bash counts whole seconds"
    serves_alone(stage, "v1")


@rolling
def test_after_rolling_releases_the_way_back_waits_until_the_load_balancer_knows_its_side(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.released("v2", 2)
    stage.replaced(rendered(CASE, "blue-green"))
    known: list[float] = []
    led: list[float] = []

    def look(cluster: Cluster, *_: str) -> None:
        (route,) = [one for one in cluster.all("httproutes", NAMESPACE) if one["metadata"]["name"] == "api"]
        if "api-blue" in {one["name"] for one in route["spec"]["rules"][0]["backendRefs"]}:
            known.append(time.monotonic())
            if cluster.weights("api") == {"v1": 100}:
                led.append(time.monotonic())

    stage.cluster.watchers.append(look)
    done = stage.script("scripts/rollback.sh", "--environment", "dev", NEW_SIDE_SECONDS="4")
    assert done.returncode == 0, done.stderr
    assert led[0] - known[0] >= 3
    serves_alone(stage, "v1")


@rolling
def test_where_a_service_turns_the_load_balancer_gets_time(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.replaced(rendered(CASE, "blue-green"))
    stage.cluster.faults = Faults(errors={images(2)["api"]: 0.4}, users={"api": 20}, scraped_late=False)
    seen: list[tuple[set[str], set[str]]] = []
    at: list[float] = []

    def look(now: Cluster, *_: str) -> None:
        led = set(now.weights("api")), inside(now)
        if not seen or seen[-1] != led:
            seen.append(led)
            at.append(time.monotonic())

    stage.cluster.watchers.append(look)
    done = stage.deploy("v2", 2, FOLLOW_SECONDS="4", NEW_SIDE_SECONDS="4")
    assert done.returncode == 3, done.stderr
    v1, v2 = {"v1"}, {"v2"}
    # By its route, and inside.
    assert seen == [(v1, v1), (v2, v1), (v2, v2), (v2, v1), (v1, v1)]
    assert at[2] - at[1] >= 3, "bash counts whole seconds"
    assert at[4] - at[3] >= 3
    serves_alone(stage, "v1")


@rolling
@pytest.mark.parametrize("strategy", ["blue-green", "canary"])
def test_the_version_that_serves_without_a_side_is_released_again(stage: Stage, strategy: str) -> None:
    stage.released("v1", 1)
    stage.replaced(rendered(CASE, strategy))
    done = stage.deploy("v1", 1)
    assert done.returncode == 0, done.stderr
    serves_alone(stage, "v1")
    assert set(sides(stage)) == {"plain"}


@rolling
def test_from_the_first_release_with_a_side_it_goes_back_although_it_was_killed_when_it_was_on_record(
    stage: Stage,
) -> None:
    stage.released("v1", 1)
    stage.replaced(rendered(CASE, "blue-green"))
    with stage.running(*stage.arguments("v2", 2)) as killed:
        # At the first request after the record, before it is answered.
        stage.cluster.watchers.append(lambda now, *_: on_record(now, "000002-v2") and kill(killed))
        until(lambda: killed.poll() is not None)
    stage.cluster.watchers.clear()
    stage.let_lock_expire()
    assert {"plain", "blue"} == set(sides(stage))
    done = stage.script("scripts/rollback.sh", "--environment", "dev")
    assert done.returncode == 0, done.stderr
    serves_alone(stage, "v1")


# What other strategies left half-way


@rolling
def test_pods_of_a_rolling_release_that_was_killed_get_nobody(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = Faults(never_ready=set(images(2).values()))
    with stage.running(*stage.arguments("v2", 2), START_STRIKES="100000") as killed:
        until(lambda: all(f"PATCH deployments/{name}" in stage.cluster.changes for name in SERVICES))
        kill(killed)
    stage.let_lock_expire()
    stage.replaced(rendered(CASE, "blue-green"))
    seen: list[set[str]] = []
    stage.cluster.watchers.append(lambda cluster, *_: seen.append(inside(cluster)))
    done = stage.deploy("v3", 3)
    assert done.returncode == 0, done.stderr
    assert {frozenset(one) for one in seen} == {frozenset({"v1"}), frozenset({"v3"})}, "somebody serves at every moment"
    serves_alone(stage, "v3")


@canary
def test_a_canary_that_was_killed_gets_no_more_users_by_a_rolling_release(stage: Stage) -> None:
    stage.released("v1", 1)
    with stage.running(*stage.arguments("v2", 2), CANARY_STEP_SECONDS="60") as killed:
        until(lambda: stage.cluster.weights("api").get("v2"))
        kill(killed)
    stage.let_lock_expire()
    stage.replaced(rendered(CASE))
    seen: list[set[str]] = []
    stage.cluster.watchers.append(lambda cluster, *_: seen.append(inside(cluster)))
    done = stage.deploy("v3", 3)
    assert done.returncode == 0, done.stderr
    assert seen[0] == {"v1"}
    assert set() not in seen
    assert {"v1", "v2"} not in seen, (
        "a Service that leads to both sides brings half of the users to what nobody has judged"
    )
    assert stage.serving() == {"v3"}
    assert sides(stage) == {"plain": WHOLE}


# What people did


def test_a_side_that_was_scaled_to_nothing_is_not_gone_back_to(stage: Stage) -> None:
    stage.released("v1", 1)
    seen: list[set[str]] = []

    def look(cluster: Cluster, *_: str) -> None:
        seen.append(cluster.led("api")["users"])
        if seen[-1] == {"v2"} and not cluster.faults.errors:
            for name in SERVICES:
                cluster.objects["deployments", NAMESPACE, f"{name}-blue"]["spec"]["replicas"] = 0
                cluster.objects.pop(("horizontalpodautoscalers", NAMESPACE, f"{name}-blue"))
            cluster.step()
            cluster.step()
            cluster.faults.errors = {images(2)["api"]: 0.4}

    stage.cluster.watchers.append(look)
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert {""} not in seen, "users come to nobody"
    serves_alone(stage, "v1")


def without(service: str) -> Tree:
    """The case without one of its services."""
    raw = generated.raw(CASE)
    raw["deployment"] = raw.get("deployment", {}) | {"strategy": "blue-green"}
    raw["services"] = [one for one in raw["services"] if one["name"] != service]
    return render(plan(convert(raw), (*COMPONENTS, *carrying_out()))).tree


def test_a_service_that_left_the_project_is_named_and_left_alone(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.replaced(without("api"))
    given = [word for name, image in images(2).items() if name != "api" for word in ("--image", f"{name}={image}")]
    done = stage.script("scripts/deploy.sh", "--environment", "dev", "--version", "v2", *given)
    assert done.returncode == 0, done.stderr
    assert stage.cluster.weights("api") == {"v1": 100}
    names = {one["metadata"]["name"] for one in stage.cluster.all("deployments", NAMESPACE)}
    assert names == {"api-blue", "web-green", "worker-green"}
    assert "api" in done.stderr


# A lock that is lost


def test_who_lost_the_lock_while_the_new_side_is_tried_leads_nobody(stage: Stage) -> None:
    stage.released("v1", 1)
    real = stage.cluster.service_answers

    def slowly(*asked: str) -> int:
        stage.lose_lock()
        time.sleep(0.3)
        return real(*asked)

    stage.cluster.service_answers = slowly  # type: ignore[method-assign]
    done = stage.deploy("v2", 2, LOCK_SECONDS="4")
    assert done.returncode == 5, done.stderr
    assert "the lock is lost" in done.stderr
    assert stage.cluster.led("api")["users"] == {"v1"}


def test_who_lost_the_lock_while_it_judges_changes_nothing_more(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.cluster.watchers.append(
        lambda cluster, *_: stage.lose_lock() if cluster.led("api")["users"] == {"v2"} else None
    )
    done = stage.deploy("v2", 2, LOCK_SECONDS="4", JUDGE_SECONDS="20")
    assert done.returncode == 5, done.stderr
    assert "the lock is lost" in done.stderr
    assert [one["version"] for one in stage.ledger] == ["v1"]
    assert set(sides(stage)) == {"blue", "green"}, "the way back stays"
