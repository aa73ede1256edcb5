"""Releases by Argo Rollouts: the scripts, and a double of its controller."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest

from generator.tree import Tree
from tests.real.conftest import NAMESPACE, SERVICES, Stage, controlled, images, rendered, staged, until
from tests.real.test_sides import on_record, sides
from tests.support import generated, kubernetes_double
from tests.support.kubernetes_double import VERSION, Faults
from tests.support.rollouts_double import Cluster
from tests.support.rollouts_state import HASH
from tests.support.stage import kill
from tests.support.strategies import offered

CASE = generated.CASES / "example.yml"
KNOBS = {
    "NEW_SIDE_SECONDS": "0",
    "SETTLE_SECONDS": "0",
    "BACK_SECONDS": "2",
    "CONTROLLER_SECONDS": "2",
    "JUDGE_GRACE_SECONDS": "2",
}
API = images(2)["api"]
FAILING = Faults(errors={API: 0.4}, users={"api": 20}, scraped_late=False)
slow = pytest.mark.slow


def tree(strategy: str) -> Tree:
    return controlled(CASE, strategy, canary_steps=[10, 50, 100], canary_minutes=4, bake_minutes=2)


def by(*strategies: str, fast: str = "") -> pytest.MarkDecorator:
    """These strategies, one of them perhaps in every run of the tests."""
    each = [pytest.param(one, marks=() if one == fast else slow, id=one) for one in strategies]
    return pytest.mark.parametrize("strategy", each)


STRATEGIES = offered("kubernetes", "argo-rollouts")
each_strategy = by(*STRATEGIES)


@pytest.fixture
def strategy() -> str:
    return "canary"


@pytest.fixture
def stage(strategy: str, tmp_path: Path) -> Iterator[Stage]:
    """An empty cluster, and scripts of the strategy."""
    with staged(tree(strategy), tmp_path, NAMESPACE, Cluster(NAMESPACE)) as made:
        made.environment.update(KNOBS)
        cluster(made).tick = 120
        yield made


def cluster(stage: Stage) -> Cluster:
    assert isinstance(stage.cluster, Cluster)
    return stage.cluster


def serves_alone(stage: Stage, version: str) -> None:
    """Nobody comes to another version, and its controller is content."""
    for name in SERVICES:
        assert stage.cluster.led(name)["inside"] == {version}, name
        assert stage.cluster.weights(name) in ({version: 100}, {}), name
        assert cluster(stage).phase(name) == "Healthy", name


def met(stage: Stage, service: str = "api") -> list[dict[str, int]]:
    """The parts of the users that each version had, one after another."""
    seen: list[dict[str, int]] = []

    def look(now: kubernetes_double.Cluster, *_: str) -> None:
        if not seen or seen[-1] != now.weights(service):
            seen.append(now.weights(service))

    stage.cluster.watchers.append(look)
    return seen


@each_strategy
def test_a_good_release(stage: Stage, strategy: str) -> None:
    stage.released("v1", 1)
    serves_alone(stage, "v1")
    parts = met(stage)
    stage.released("v2", 2)
    serves_alone(stage, "v2")
    assert [(one["version"], one["verdict"]) for one in stage.ledger] == [("v1", "good"), ("v2", "good")]
    if strategy == "canary":
        assert parts == [{"v1": 100}, {"v1": 90, "v2": 10}, {"v1": 50, "v2": 50}, {"v2": 100}]
    elif strategy == "blue-green":
        assert parts == [{"v1": 100}, {"v2": 100}]


BAD = {
    "never ready": (Faults(never_ready={API}), {}, "api"),
    "answers errors": (Faults(refusing={API}), {}, "api"),
    "errors": (Faults(errors={API: 0.3}, users={"api": 20}), {}, "api"),
    "slow": (Faults(p95={API: 0.8}, users={"api": 20}), {}, "api"),
    "restarts": (Faults(restarting={images(2)["worker"]}), {}, "worker"),
    "not measured": (Faults(), {"api-bake": "Error"}, "api: RolloutAborted"),
    "neither": (Faults(), {"api-bake": "Inconclusive"}, "says neither yes nor no"),
}


@pytest.mark.parametrize(
    ("strategy", "name"),
    [
        pytest.param(strategy, name, marks=() if (strategy, name) == ("canary", "errors") else slow)
        for strategy, name in product(STRATEGIES, BAD)
    ],
)
def test_a_bad_release_is_taken_back_of_all_services(stage: Stage, name: str) -> None:
    stage.released("v1", 1)
    faults, phases, says = BAD[name]
    stage.cluster.faults, cluster(stage).phases = faults, dict(phases)
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert says in done.stderr.rpartition("rolled back: v1 serves again")[2]
    serves_alone(stage, "v1")
    assert [(one["version"], one["verdict"]) for one in stage.ledger] == [("v1", "good"), ("v2", "bad")]


def test_what_would_change_is_not_told_where_the_cluster_cannot_be_read(stage: Stage) -> None:
    stage.cluster.rules = [
        {**one, "resources": [name for name in one["resources"] if name != "services"]} for one in stage.cluster.rules
    ]
    done = stage.deploy("v1", 1, more=["--dry-run"])
    assert done.returncode == 1, done.stderr
    assert "the cluster would not take the manifests" in done.stderr


@each_strategy
def test_one_that_dies_in_the_middle_of_its_steps_is_taken_back(stage: Stage, strategy: str) -> None:
    """A canary with half of the users, before all come; blue-green with all; rolling with half of its pods replaced."""
    stage.released("v1", 1)
    sized(stage, 4)
    # It dies before the first look at that step: a minute of the controller's takes so long that somebody asks meanwhile.
    cluster(stage).tick = 15
    parts = met(stage)
    at(stage, 100 if strategy == "blue-green" else 50, lambda now: setattr(now, "faults", FAILING))
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert "v2 was bad: api: " in done.stderr
    assert ({"v2": 100} if strategy == "blue-green" else {"v1": 50, "v2": 50}) in parts
    assert strategy != "canary" or {"v2": 100} not in parts
    serves_alone(stage, "v1")


@each_strategy
def test_without_anybody_who_asks_the_requests_of_the_script_decide(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = Faults(deaf=True)
    done = stage.deploy("v2", 2)
    assert done.returncode == 0, done.stderr
    assert "error ratio and p95 were not judged" in done.stderr
    serves_alone(stage, "v2")
    # What the controller asks itself does not decide here.
    cluster(stage).phases = {"api-smoke": "Successful", "api-step": "Running", "api-bake": "Running"}
    stage.cluster.faults = Faults(deaf=True, refusing={images(3)["api"]})
    done = stage.deploy("v3", 3)
    assert done.returncode == 3, done.stderr
    assert "api: version v3 does not answer on /healthz" in done.stderr
    serves_alone(stage, "v2")


@by("canary", "rolling")
def test_a_first_release_that_is_bad_is_left_as_it_is(stage: Stage) -> None:
    stage.cluster.faults = Faults(refusing={images(1)["api"]})
    done = stage.deploy("v1", 1)
    assert done.returncode == 6, done.stderr
    stage.cluster.faults = Faults()
    stage.released("v2", 2)
    serves_alone(stage, "v2")


@each_strategy
def test_by_hand_back_and_once_more(stage: Stage) -> None:
    for number in (1, 2, 3):
        stage.released(f"v{number}", number)
    for version in ("v2", "v1"):
        done = stage.script("scripts/rollback.sh", "--environment", "dev")
        assert done.returncode == 0, done.stderr
        serves_alone(stage, version)
    assert stage.script("scripts/health-check.sh", "--environment", "dev", "--inside").returncode == 0


@by("canary", "blue-green")
@pytest.mark.parametrize("window", [5, 0])
def test_on_the_way_back_users_wait_for_all_pods(stage: Stage, window: int) -> None:
    """Also where the Rollout lets the controller skip the steps."""
    for number in (1, 2):
        stage.released(f"v{number}", number)
    for rollout in stage.cluster.all("rollouts"):
        rollout["spec"]["rollbackWindow"] = {"revisions": window}
    cluster(stage).tick = 30
    sized(stage, 4)
    stage.cluster.faults = Faults(slow={images(1)["api"]: 2})
    thin: list[int] = []

    def look(now: kubernetes_double.Cluster, *_: str) -> None:
        if now.weights("api").get("v1"):
            thin.append(len([p for p in now.behind("api-ping") if p["metadata"]["labels"][VERSION] == "v1"]))

    stage.cluster.watchers.append(look)
    done = stage.script("scripts/rollback.sh", "--environment", "dev")
    assert done.returncode == 0, done.stderr
    assert min(thin) == 4
    serves_alone(stage, "v1")


def sized(stage: Stage, replicas: int) -> None:
    """As an autoscaler does it, between two releases."""
    for rollout in stage.cluster.all("rollouts"):
        rollout["spec"]["replicas"] = replicas
    until_settled(stage)


def until_settled(stage: Stage) -> None:
    for _ in range(20):
        stage.cluster.step()
    assert {cluster(stage).phase(name) for name in SERVICES} == {"Healthy"}


@slow
def test_the_same_release_again_replaces_no_pod(stage: Stage) -> None:
    stage.released("v1", 1)
    before = {p["metadata"]["uid"] for p in stage.cluster.all("pods")}
    stage.released("v1", 1)
    assert {p["metadata"]["uid"] for p in stage.cluster.all("pods")} == before


@slow
def test_another_build_of_the_version_that_runs_is_refused(stage: Stage) -> None:
    stage.released("v1", 1)
    done = stage.deploy("v1", 2)
    assert done.returncode == 1, done.stderr
    assert "v1 is on record as good, with other images" in done.stderr
    assert stage.cluster.changes == []
    stage.edit(
        "infrastructure/kubernetes/base/api/workload.yaml",
        "terminationGracePeriodSeconds: ",
        "terminationGracePeriodSeconds: 1",
    )
    done = stage.deploy("v1", 1)
    assert done.returncode == 1, done.stderr
    assert "v1 runs already, with other images or other settings of its pods" in done.stderr
    assert {one.split("/")[0].split()[1] for one in stage.cluster.changes} == {"leases"}
    serves_alone(stage, "v1")


STEPS = "in its steps"
KILLED: dict[str, Callable[[kubernetes_double.Cluster], object]] = {
    "while it comes up": lambda now: any("PATCH rollouts" in one for one in now.changes),
    STEPS: lambda now: now.weights("api").get("v2") == 50,
    "with all users": lambda now: now.weights("api").get("v2") == 100,
    "when it is on record": lambda now: on_record(now, "000002-v2"),
}


def killed(*moments: str) -> pytest.MarkDecorator:
    """Each strategy at each of these moments that it has: blue-green never shares users."""
    pairs = [(one, moment) for one, moment in product(STRATEGIES, moments) if (one, moment) != ("blue-green", STEPS)]
    return pytest.mark.parametrize(("strategy", "moment"), pairs)


def killed_at(stage: Stage, moment: str) -> None:
    """The release of v2; nobody has its lock any more."""
    came: list[bool] = []
    # Between two looks of the controller it may be over again.
    stage.cluster.watchers.append(lambda now, *_: came.append(True) if KILLED[moment](now) else None)
    with stage.running(*stage.arguments("v2", 2), JUDGE_SECONDS="5") as release:
        until(lambda: came)
        kill(release)
    stage.cluster.watchers.pop()
    stage.let_lock_expire()


@slow
@killed(*KILLED)
def test_killed_and_run_again(stage: Stage, moment: str) -> None:
    stage.released("v1", 1)
    killed_at(stage, moment)
    stage.released("v2", 2)
    serves_alone(stage, "v2")
    assert [(one["version"], one["verdict"]) for one in stage.ledger][:2] == [("v1", "good"), ("v2", "good")]


@slow
@killed(*list(KILLED)[:3])
def test_killed_and_gone_back_from(stage: Stage, moment: str) -> None:
    stage.released("v1", 1)
    killed_at(stage, moment)
    done = stage.script("scripts/rollback.sh", "--environment", "dev")
    assert done.returncode == 0, done.stderr
    serves_alone(stage, "v1")


@slow
def test_killed_while_it_goes_back_and_run_again(stage: Stage) -> None:
    """A release that was ended begins again."""
    stage.released("v1", 1)
    cluster(stage).phases = {"api-step": "Failed"}
    with stage.running(*stage.arguments("v2", 2)) as killed:
        until(lambda: all(one.get("status", {}).get("abort") for one in stage.cluster.all("rollouts")))
        kill(killed)
    stage.let_lock_expire()
    cluster(stage).phases = {}
    assert {cluster(stage).phase(name) for name in SERVICES} <= {"Degraded", "Progressing"}
    stage.released("v2", 2)
    serves_alone(stage, "v2")


@each_strategy
def test_two_at_once(stage: Stage) -> None:
    stage.released("v1", 1)
    # The first one takes until the second one was refused.
    cluster(stage).phases = {"api-bake": "Running"}
    with stage.running(*stage.arguments("v2", 2)) as first:
        until(lambda: stage.cluster.weights("api").get("v2"))
        second = stage.deploy("v3", 3)
        cluster(stage).phases = {}
        assert first.wait(120) == 0
    assert second.returncode == 1
    assert "another release is running" in second.stderr
    serves_alone(stage, "v2")
    assert [(one["version"], one["verdict"]) for one in stage.ledger] == [("v1", "good"), ("v2", "good")]


@slow
def test_who_lost_the_lock_while_the_controller_works_stops_half_way(stage: Stage) -> None:
    stage.released("v1", 1)
    cluster(stage).phases = {"api-step": "Running"}
    at(stage, 10, lambda _: stage.lose_lock())
    looks: list[str] = []

    def look(now: kubernetes_double.Cluster, method: str, path: str) -> None:
        """Who goes on looking nevertheless comes to see the end of the steps."""
        looks.extend([path] if path.endswith("/rollouts") else ())
        if len(looks) > 60:
            cluster(stage).phases = {}

    stage.cluster.watchers.append(look)
    done = stage.deploy("v2", 2, LOCK_SECONDS="4")
    assert done.returncode == 5, done.stderr
    assert "the lock is lost" in done.stderr
    assert stage.cluster.weights("api") == {"v1": 90, "v2": 10}, "nothing goes on, and nothing is undone"
    assert not [one for one in stage.cluster.all("rollouts") if one["status"].get("abort")]
    assert [one["version"] for one in stage.ledger] == ["v1"]


# What people and the platform do meanwhile


def at(stage: Stage, part: int, does: Callable[[Cluster], None]) -> None:
    """Once, as soon as the version has so many of the users."""
    done: list[bool] = []

    def look(now: kubernetes_double.Cluster, *_: str) -> None:
        if not done and now.weights("api").get("v2", 0) >= part:
            done.append(True)
            does(cluster(stage))

    stage.cluster.watchers.append(look)


@slow
def test_somebody_ends_it_by_hand(stage: Stage) -> None:
    stage.released("v1", 1)
    at(stage, 10, lambda now: now.rollout("api")["status"].update(abort=True))
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert "api: RolloutAborted: Rollout aborted update to revision 2. " not in done.stderr
    assert "v2 was bad: api: RolloutAborted" in done.stderr
    serves_alone(stage, "v1")


@slow
def test_somebody_pauses_it(stage: Stage) -> None:
    stage.released("v1", 1)
    at(stage, 10, lambda now: now.rollout("api")["spec"].update(paused=True))
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert "v2 was bad: api: by hand" in done.stderr


@slow
def test_a_rollout_that_is_paused_gets_no_release(stage: Stage) -> None:
    stage.released("v1", 1)
    cluster(stage).rollout("api")["spec"]["paused"] = True
    done = stage.deploy("v2", 2)
    assert done.returncode == 1, done.stderr
    assert "paused by hand: api" in done.stderr
    assert stage.serving() == {"v1"}


@slow
def test_a_controller_that_is_away_is_told(stage: Stage) -> None:
    stage.released("v1", 1)
    cluster(stage).controller_runs = False
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert "the controller of Argo Rollouts did not look at api web worker within 2 s" in done.stderr
    assert stage.serving() == {"v1"}
    cluster(stage).controller_runs = True
    until_settled(stage)
    serves_alone(stage, "v1")


@slow
def test_a_controller_that_dies_in_the_steps_leaves_nobody_with_the_new_version(stage: Stage) -> None:
    stage.released("v1", 1)

    def dies(now: Cluster) -> None:
        now.controller_runs = False
        now.faults = Faults(refusing={API})

    at(stage, 50, dies)
    done = stage.deploy("v2", 2, UNDO_SECONDS="5", HEALTHY_SECONDS="2")
    assert done.returncode == 4, done.stderr
    assert "the controller has not led the users back within 2 s, so this script does" in done.stderr
    assert {name: stage.cluster.weights(name) for name in ("web", "api")} == {
        name: {"v1": 100} for name in ("web", "api")
    }
    cluster(stage).controller_runs = True
    stage.let_lock_expire()
    done = stage.script("scripts/rollback.sh", "--environment", "dev", "--to", "v1")
    assert done.returncode == 0, done.stderr
    serves_alone(stage, "v1")


@slow
def test_a_rollout_that_its_controller_does_not_take(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.edit("infrastructure/kubernetes/base/api/workload.yaml", "templateName: api-bake", "templateName: api-baked")
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert "AnalysisTemplate 'api-baked' not found" in done.stderr
    serves_alone(stage, "v1")


@slow
def test_what_the_controller_writes_stays_when_a_release_is_applied(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.released("v2", 2)
    lost: list[str] = []

    def look(now: kubernetes_double.Cluster, *_: str) -> None:
        lost.extend(
            s["metadata"]["name"]
            for s in now.all("services")
            if s["metadata"]["name"] in ("api", "api-ping", "api-pong") and HASH not in s["spec"]["selector"]
        )
        lost.extend(str(now.weights("api")) for _ in (1,) if not set(now.weights("api")) <= {"v2", "v3"})

    stage.cluster.watchers.append(look)
    stage.released("v3", 3)
    assert lost == []


# From other ways of releasing, and to them


@pytest.mark.parametrize("bad", [False, True])
@pytest.mark.parametrize("before", ["rolling", "blue-green"])
@by("canary", "rolling")
def test_deployments_stay_until_rollouts_are_on_record_as_good(
    strategy: str, before: str, bad: bool, tmp_path: Path
) -> None:
    with staged(rendered(CASE, before), tmp_path, NAMESPACE, Cluster(NAMESPACE)) as stage:
        stage.environment.update(KNOBS)
        cluster(stage).tick = 120
        stage.released("v1", 1)
        for one in stage.cluster.all("deployments"):
            one["spec"]["replicas"] = 3
        stage.cluster.step()
        stage.replaced(tree(strategy))
        stage.cluster.faults = FAILING if bad else Faults()
        parts = met(stage)
        done = stage.deploy("v2", 2)
        assert done.returncode == (3 if bad else 0), done.stderr
        assert all("" not in one for one in parts), parts
        if bad:
            assert stage.cluster.all("rollouts") == []
            assert stage.serving() == {"v1"}
            assert stage.cluster.weights("api") == {"v1": 100}
            stage.cluster.faults = Faults()
            stage.released("v3", 3)
        serves_alone(stage, "v3" if bad else "v2")
        assert stage.cluster.all("deployments") == []
        assert sides(stage) == {"plain": {"horizontalpodautoscalers", "poddisruptionbudgets"}}
        assert len(stage.cluster.behind("api")) == 3


@by("canary", "rolling")
def test_a_service_that_comes_with_rollouts_goes_with_them(strategy: str, tmp_path: Path) -> None:
    fewer = generated.raw(CASE)
    fewer["services"] = [one for one in fewer["services"] if one["name"] != "api"]
    case = tmp_path / "fewer.yml"
    case.write_text(json.dumps(fewer))
    with staged(rendered(case), tmp_path, NAMESPACE, Cluster(NAMESPACE)) as stage:
        stage.environment.update(KNOBS)
        cluster(stage).tick = 120
        named = " ".join(f"{name}={one}" for name, one in images(1).items() if name != "api")
        done = stage.script("scripts/deploy.sh", "--environment", "dev", "--version", "v1", "--images", named)
        assert done.returncode == 0, done.stderr
        stage.replaced(tree(strategy))
        stage.cluster.faults = Faults(errors={images(2)["web"]: 0.4}, users={"web": 20}, scraped_late=False)
        done = stage.deploy("v2", 2)
        assert done.returncode == 3, done.stderr
        assert stage.cluster.all("rollouts") == []
        assert {one["metadata"]["name"] for one in stage.cluster.all("deployments")} == {"web", "worker"}
        assert {stage.cluster.led(name)["inside"].copy().pop() for name in ("web", "worker")} == {"v1"}
        assert stage.cluster.weights("web") == {"v1": 100}
        assert [(one["version"], one["verdict"]) for one in stage.ledger] == [("v1", "good"), ("v2", "bad")]
        stage.cluster.faults = Faults()
        stage.released("v3", 3)
        serves_alone(stage, "v3")


@pytest.mark.parametrize("bad", [False, True])
@each_strategy
def test_deployments_take_over_what_rollouts_left(stage: Stage, bad: bool) -> None:
    stage.released("v1", 1)
    sized(stage, 3)
    stage.replaced(rendered(CASE), platform=False)
    stage.cluster.faults = FAILING if bad else Faults()
    parts, inside = met(stage), []
    stage.cluster.watchers.append(lambda now, *_: inside.append(len(now.behind("api"))))
    done = stage.deploy("v2", 2)
    assert done.returncode == (3 if bad else 0), done.stderr
    assert all("" not in one for one in parts), parts
    assert min(inside) == 3
    assert stage.serving() == {"v1" if bad else "v2"}
    assert stage.cluster.all("rollouts") == []
    assert {one["metadata"]["name"] for one in stage.cluster.all("services", NAMESPACE)} == set(SERVICES)


@slow
def test_two_sides_do_not_take_over_from_rollouts(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.replaced(rendered(CASE, "blue-green"))
    done = stage.deploy("v2", 2)
    assert done.returncode == 1, done.stderr
    assert "Release once with deployment.strategy rolling first" in done.stderr
    serves_alone(stage, "v1")


@slow
def test_another_strategy_loses_nobody(stage: Stage) -> None:
    stage.released("v1", 1)
    parts = met(stage)
    for number, strategy in enumerate(("rolling", "canary", "blue-green", "rolling"), start=2):
        stage.replaced(tree(strategy))
        stage.released(f"v{number}", number)
        serves_alone(stage, f"v{number}")
        narrow = [one for one in stage.cluster.all("services", NAMESPACE) if one["metadata"]["name"] not in SERVICES]
        assert strategy != "rolling" or narrow == []
    assert all("" not in one for one in parts), parts
    stage.replaced(tree("canary"))
    stage.cluster.faults = Faults(errors={images(6)["api"]: 0.4}, users={"api": 20})
    done = stage.deploy("v6", 6)
    assert done.returncode == 3, done.stderr
    serves_alone(stage, "v5")


# Proof that these stories judge


@slow
def test_without_the_end_of_the_release_users_would_stay_with_a_version_that_answers_errors(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.edit("scripts/lib/strategy.sh", "end_releases && lead_back || return 1\n  ours_of", "return 1\n  ours_of")
    at(stage, 50, lambda now: setattr(now, "faults", Faults(refusing={API})))
    done = stage.deploy("v2", 2, HEALTHY_SECONDS="1", UNDO_SECONDS="1")
    assert done.returncode == 4, done.stderr
    assert stage.cluster.weights("web").get("v2"), "the services that nothing is wrong with keep the bad release"


@slow
def test_without_the_judge_what_the_controller_does_not_see_would_be_kept(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.edit(
        "scripts/lib/strategy.sh",
        '    WHY="$service: version $1 does not answer',
        '    continue\n    WHY="$service: version $1 does not answer',
    )
    stage.edit("scripts/lib/judge.sh", "((failed > JUDGE_SPARE_FAILURES))", "false")
    cluster(stage).phases = dict.fromkeys(("api-smoke", "api-step", "api-bake"), "Successful")
    stage.cluster.faults = Faults(refusing={API})
    assert stage.deploy("v2", 2).returncode == 0


@slow
@pytest.mark.parametrize("kept", [True, False])
def test_without_live_weights_a_release_that_is_run_again_would_lead_users_on_at_once(stage: Stage, kept: bool) -> None:
    stage.released("v1", 1)
    with stage.running(*stage.arguments("v2", 2)) as killed:
        until(lambda: stage.cluster.weights("api").get("v2") == 10)
        kill(killed)
    stage.let_lock_expire()
    if not kept:
        live, first = (
            "($live[$roles[0]] // 0) + ($live[$roles[1]] // 0) > 0",
            "(if $one == $roles[0] then 100 else 0 end)",
        )
        stage.edit("scripts/lib/applying.sh", live, "false")
        stage.edit("scripts/lib/applying.sh", first, first.replace("[0]", "[1]"))
    parts = met(stage)
    assert stage.deploy("v2", 2).returncode == 0
    assert parts[:2] == [{"v1": 90, "v2": 10}, {"v1": 50, "v2": 50} if kept else {"v2": 100}], parts


@slow
def test_without_live_selectors_a_service_would_lead_to_every_version(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.edit("scripts/lib/applying.sh", "if $to then .spec.selector[hash] = $to else . end", ".")
    cluster(stage).controller_runs = False
    assert stage.deploy("v2", 2).returncode == 3
    assert HASH not in stage.cluster.objects["services", NAMESPACE, "api"]["spec"]["selector"]
