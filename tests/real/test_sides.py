"""Releases by blue-green and by canary: a version comes up beside the one that serves, and users are led there and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.real.conftest import NAMESPACE, SERVICES, Stage, images, rendered, staged, until
from tests.support import floors, generated
from tests.support.kubernetes_double import VERSION, Cluster, Faults
from tests.support.stage import kill

CASE = generated.CASES / "example.yml"
STEPS = [10, 50, 100]


def slow(faults: Faults, says: str, name: str) -> object:
    return pytest.param(faults, says, id=name, marks=pytest.mark.slow)


both = pytest.mark.parametrize("strategy", ["blue-green", "canary"])


def either(fast: str) -> pytest.MarkDecorator:
    """Both strategies, one of them in every run of the tests."""
    names = ("blue-green", "canary")
    each = [pytest.param(name, marks=() if name == fast else pytest.mark.slow, id=name) for name in names]
    return pytest.mark.parametrize("strategy", each)


KNOBS = {"CANARY_STEP_SECONDS": "1", "NEW_SIDE_SECONDS": "0", "FOLLOW_SECONDS": "0"}


@contextmanager
def sided(strategy: str, folder: Path) -> Iterator[Stage]:
    """An empty cluster, and scripts of the strategy."""
    with staged(rendered(CASE, strategy, canary_steps=STEPS), folder, NAMESPACE) as made:
        made.environment.update(KNOBS)
        yield made


@pytest.fixture
def stage(strategy: str, tmp_path: Path) -> Iterator[Stage]:
    """That of the story."""
    with sided(strategy, tmp_path) as made:
        yield made


@pytest.fixture
def strategy() -> str:
    return "blue-green"


def serves_alone(stage: Stage, version: str) -> None:
    """Nobody comes to another version, and nothing of another one runs."""
    for name in SERVICES:
        assert stage.cluster.led(name)["inside"] == {version}, name
        assert stage.cluster.weights(name) in ({version: 100}, {}), name
    assert stage.serving() == {version}


def sides(stage: Stage) -> dict[str, set[str]]:
    """The kinds of objects by side."""
    found: dict[str, set[str]] = {}
    for kind in ("deployments", "horizontalpodautoscalers", "poddisruptionbudgets"):
        for one in stage.cluster.all(kind, NAMESPACE):
            found.setdefault(one["metadata"]["labels"].get("agency-scaffold/side", "plain"), set()).add(kind)
    return found


def on_record(cluster: Cluster, key: str) -> bool:
    found = cluster.get("configmaps", NAMESPACE, "releases")
    return found is not None and key in found["data"]


WHOLE = {"deployments", "horizontalpodautoscalers", "poddisruptionbudgets"}


@pytest.mark.slow
@both
def test_each_release_takes_the_other_side(stage: Stage) -> None:
    first = stage.deploy("v1", 1)
    assert first.returncode == 0, first.stderr
    serves_alone(stage, "v1")
    assert sides(stage) == {"blue": WHOLE}
    second = stage.deploy("v2", 2)
    assert second.returncode == 0, second.stderr
    serves_alone(stage, "v2")
    assert sides(stage) == {"green": WHOLE}
    assert [(one["version"], one["verdict"]) for one in stage.ledger] == [("v1", "good"), ("v2", "good")]


@pytest.mark.slow
def test_the_new_side_is_whole_and_was_asked_before_anybody_comes(stage: Stage) -> None:
    """Watched from inside: at no moment are users led to a side that is smaller, or to pods that are not ready."""
    stage.cluster.faults = Faults(slow=dict.fromkeys(images(2).values(), 3))
    stage.released("v1", 1)
    for name in SERVICES:
        stage.cluster.objects["deployments", NAMESPACE, f"{name}-blue"]["spec"]["replicas"] = 4
    seen: list[str] = []

    def look(cluster: Cluster, method: str, path: str) -> None:
        if method != "PATCH" or not {"services", "httproutes"} & set(path.split("/")):
            return
        ready = len(cluster.behind("api-green", NAMESPACE))
        seen.append(f"{path.split('/')[-2]} {ready} {sorted(cluster.led('api')['users'])}")

    stage.cluster.watchers.append(look)
    assert stage.deploy("v2", 2).returncode == 0
    before = [line for line in seen if line.endswith("['v1']")]
    assert before, "users were with v1 first"
    assert {line.split()[1] for line in seen if line not in before} == {"4"}
    assert len(stage.cluster.behind("api", NAMESPACE)) == 4


@either("canary")
@pytest.mark.parametrize(
    ("faults", "says"),
    [
        pytest.param(Faults(errors={images(2)["api"]: 0.3}), "error ratio 0.3 is above 0.05", id="errors"),
        slow(Faults(never_ready={images(2)["web"]}), "ImagePullBackOff", "never ready"),
        slow(Faults(refusing={images(2)["api"]}), "api: through Service api-green, 10 of 10", "answers 500"),
        slow(Faults(p95={images(2)["web"]: 0.9}), "p95 0.9 s is above 500 ms", "slow answers"),
        slow(Faults(restarting={images(2)["worker"]}), "worker: its containers restarted", "restarts"),
    ],
)
def test_a_bad_release_is_undone_and_nothing_of_it_stays(stage: Stage, faults: Faults, says: str) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = faults
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert says in done.stderr
    assert "going back to v1, within 30 s" in done.stderr
    serves_alone(stage, "v1")
    assert sides(stage) == {"blue": WHOLE}
    assert stage.ledger[-1]["verdict"] == "bad"


@pytest.mark.slow
@both
def test_after_a_bad_release_the_next_is_taken_up_as_if_nothing_had_been(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = Faults(errors={images(2)["api"]: 0.3})
    assert stage.deploy("v2", 2).returncode == 3
    stage.cluster.faults = Faults()
    stage.released("v3", 3)
    serves_alone(stage, "v3")
    assert len(sides(stage)) == 1


@pytest.mark.slow
def test_users_are_led_back_before_anything_else(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = Faults(errors={images(2)["api"]: 0.3})
    assert stage.deploy("v2", 2).returncode == 3
    changes = stage.cluster.changes
    there = [n for n, one in enumerate(changes) if one == "PATCH httproutes/api"]
    back = [n for n, one in enumerate(changes) if one.startswith("DELETE deployments/")]
    assert len(there) == 3, "prepared, led there, led back"
    assert len(back) == len(SERVICES)
    # What is done between: the Services and the routes, and nothing that must start.
    assert not [
        one for one in changes[there[1] : there[2]] if one.startswith(("PATCH deployments", "PATCH configmaps"))
    ]
    assert max(there) < min(back)


@pytest.mark.slow
def test_the_old_side_keeps_every_pod_until_the_new_one_is_on_record(stage: Stage) -> None:
    stage.released("v1", 1)
    kept: set[tuple[int, str]] = set()

    def look(cluster: Cluster, *_: str) -> None:
        old = [p for p in cluster.all("pods") if p["metadata"]["labels"][VERSION] == "v1"]
        scaler = cluster.get("horizontalpodautoscalers", NAMESPACE, "api-blue")
        shrinks = scaler["spec"]["behavior"]["scaleDown"]["selectPolicy"] if scaler else "gone"
        if cluster.led("api")["users"] == {"v2"} and not on_record(cluster, "000002-v2"):
            kept.add((len(old), shrinks))

    stage.cluster.watchers.append(look)
    assert stage.deploy("v2", 2).returncode == 0
    assert {shrinks for _, shrinks in kept} == {"Disabled"}
    assert len({count for count, _ in kept}) == 1
    assert min(kept)[0] >= len(SERVICES)


@pytest.mark.slow
def test_a_canary_gets_its_part_and_a_service_without_a_route_shares_by_pods(tmp_path: Path) -> None:
    tree = rendered(CASE, "canary", canary_steps=[10, 40, 100])
    with staged(tree, tmp_path, NAMESPACE) as stage:
        stage.environment.update(KNOBS)
        stage.released("v1", 1)
        for name in SERVICES:
            stage.cluster.objects["deployments", NAMESPACE, f"{name}-blue"]["spec"]["replicas"] = 4
        stage.cluster.window = 2.0
        seen: list[tuple[int, int, int, bool]] = []

        def look(cluster: Cluster, *_: str) -> None:
            part = cluster.weights("api").get("v2", 0)
            worker = [p["metadata"]["labels"][VERSION] for p in cluster.behind("worker", NAMESPACE)]
            one = (part, worker.count("v1"), worker.count("v2"), len(cluster.behind("api-green", NAMESPACE)) == 4)
            if part and (not seen or seen[-1] != one):
                seen.append(one)

        stage.cluster.watchers.append(look)
        done = stage.deploy("v2", 2)
        assert done.returncode == 0, done.stderr
        judged = [one for one in seen if one[3] and one[0] < 100]
        assert (10, 4, 1, True) in judged
        assert (40, 4, 3, True) in judged
        assert (seen[-1][0], seen[-1][1]) == (100, 0)
        assert "10 % of the users to green, watched for 1 s" in done.stderr
        serves_alone(stage, "v2")


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["canary"])
def test_a_canary_that_dies_in_the_middle_of_its_steps_is_undone(stage: Stage) -> None:
    stage.released("v1", 1)

    def later(cluster: Cluster, *_: str) -> None:
        if cluster.weights("api").get("v2", 0) >= 50:
            cluster.faults.errors = {images(2)["api"]: 0.4}

    stage.cluster.watchers.append(later)
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert "50 % of the users to green" in done.stderr
    assert "all users to green" not in done.stderr
    serves_alone(stage, "v1")


@pytest.mark.slow
def test_what_comes_up_on_the_way_back_from_a_canary_is_for_all_users(tmp_path: Path) -> None:
    with staged(rendered(CASE, "canary", canary_steps=[10, 100]), tmp_path, NAMESPACE) as stage:
        stage.environment.update(KNOBS)
        stage.released("v1", 1)
        stage.cluster.objects["deployments", NAMESPACE, "worker-blue"]["spec"]["replicas"] = 4

        def damaged(cluster: Cluster, *_: str) -> None:
            """The old side is not whole any more, and the new one is bad."""
            if cluster.weights("api").get("v2", 0) == 10 and not cluster.faults.errors:
                cluster.faults.errors = {images(2)["api"]: 0.4}
                cluster.delete("deployments", NAMESPACE, "api-blue")

        stage.cluster.watchers.append(damaged)
        done = stage.deploy("v2", 2)
        assert done.returncode == 3, done.stderr
        serves_alone(stage, "v1")
        assert len(stage.cluster.behind("worker", NAMESPACE)) == 4


@pytest.mark.slow
@both
def test_users_are_led_back_to_a_side_that_misses_a_pod(stage: Stage) -> None:
    """No second set of pods comes up first: what is there serves, and the missing pod comes back by itself."""
    stage.released("v1", 1)
    stage.cluster.objects["deployments", NAMESPACE, "api-blue"]["spec"]["replicas"] = 4
    stage.cluster.step()
    stage.cluster.step()
    drained: list[str] = []

    def drain(cluster: Cluster, *_: str) -> None:
        if cluster.led("api")["users"] == {"v2"} and not drained:
            cluster.faults.errors = {images(2)["api"]: 0.4}
            cluster.faults.slow = {images(1)["api"]: 60}
            lost = next(p for p in cluster.behind("api-blue", NAMESPACE))
            cluster.delete("pods", NAMESPACE, lost["metadata"]["name"])
            drained.append(lost["metadata"]["name"])
            cluster.changes.clear()

    stage.cluster.watchers.append(drain)
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert drained
    assert "users are with blue again" in done.stderr
    assert not [one for one in stage.cluster.changes if one.startswith("PATCH deployments")]
    serves_alone(stage, "v1")
    assert len(stage.cluster.behind("api", NAMESPACE)) == 4


@pytest.mark.slow
@both
def test_without_anybody_who_asks_the_requests_of_the_judge_decide(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = Faults(deaf=True)
    done = stage.deploy("v2", 2)
    assert done.returncode == 0, done.stderr
    assert "error ratio and p95 were not judged" in done.stderr
    stage.cluster.faults = Faults(deaf=True, refusing={images(3)["api"]})
    assert stage.deploy("v3", 3).returncode == 3
    serves_alone(stage, "v2")


@pytest.mark.slow
@both
def test_by_hand_back_and_once_more(stage: Stage) -> None:
    for number in (1, 2, 3):
        stage.released(f"v{number}", number)
    for version in ("v2", "v1"):
        done = stage.script("scripts/rollback.sh", "--environment", "dev")
        assert done.returncode == 0, done.stderr
        serves_alone(stage, version)
        assert len(sides(stage)) == 1
    assert stage.script("scripts/health-check.sh", "--environment", "dev", "--inside").returncode == 0


@pytest.mark.slow
def test_the_same_release_again_replaces_no_pod(stage: Stage) -> None:
    stage.released("v1", 1)
    before = {p["metadata"]["uid"] for p in stage.cluster.all("pods")}
    done = stage.deploy("v1", 1)
    assert done.returncode == 0, done.stderr
    assert "v1 runs already, as blue" in done.stderr
    assert {p["metadata"]["uid"] for p in stage.cluster.all("pods")} == before


@pytest.mark.slow
def test_other_images_of_the_version_that_serves_are_refused(stage: Stage) -> None:
    stage.released("v1", 1)
    done = stage.deploy("v1", 2)
    assert done.returncode == 1, done.stderr
    assert "v1 is on record as good, with other images" in done.stderr
    assert {one.split("/")[0] for one in stage.cluster.changes} <= {
        "POST leases",
        "PUT leases",
        "DELETE leases",
        "PATCH leases",
    }
    serves_alone(stage, "v1")


@pytest.mark.slow
@both
def test_a_first_release_that_is_bad_is_left_as_it_is(stage: Stage) -> None:
    stage.cluster.faults = Faults(errors={images(1)["api"]: 0.4})
    done = stage.deploy("v1", 1)
    assert done.returncode == 6, done.stderr
    assert stage.serving() == {"v1"}
    stage.cluster.faults = Faults()
    stage.released("v2", 2)
    serves_alone(stage, "v2")


KILLED = {
    "while it comes up": lambda cluster: any("scale" in one for one in cluster.changes),
    "when all users are led there": lambda cluster: cluster.led("api")["users"] == {"v2"},
    "when it is on record": lambda cluster: on_record(cluster, "000002-v2"),
}


@pytest.mark.slow
@both
@pytest.mark.parametrize("moment", KILLED)
def test_killed_and_run_again(stage: Stage, moment: str) -> None:
    stage.released("v1", 1)
    with stage.running(*stage.arguments("v2", 2), JUDGE_SECONDS="5") as killed:
        until(lambda: KILLED[moment](stage.cluster))
        kill(killed)
    stage.let_lock_expire()
    assert stage.cluster.led("api")["users"] <= {"v1", "v2"}, "somebody serves at every moment"
    stage.released("v2", 2)
    serves_alone(stage, "v2")
    assert len(sides(stage)) == 1


@pytest.mark.slow
@both
@pytest.mark.parametrize("moment", KILLED)
def test_killed_and_gone_back_from(stage: Stage, moment: str) -> None:
    """Also when the bad version is on record as good, and both sides are still there."""
    stage.released("v1", 1)
    with stage.running(*stage.arguments("v2", 2), JUDGE_SECONDS="5") as killed:
        until(lambda: KILLED[moment](stage.cluster))
        kill(killed)
    stage.let_lock_expire()
    told = stage.script("scripts/health-check.sh", "--environment", "dev", "--inside")
    assert told.returncode == 0, told.stdout
    users, aside = ("v1", "v2") if "comes up" in moment else ("v2", "v1")
    assert f"ok      api: {users}; beside it there is {aside}: a release is under way" in told.stdout
    done = stage.script("scripts/rollback.sh", "--environment", "dev")
    assert done.returncode == 0, done.stderr
    serves_alone(stage, "v1")
    assert len(sides(stage)) == 1


@pytest.mark.slow
@both
def test_two_at_once(stage: Stage) -> None:
    stage.released("v1", 1)
    # Nothing is measured of the first one until the second one was refused.
    stage.cluster.faults = Faults(unmeasured=set(SERVICES))
    with stage.running(*stage.arguments("v2", 2), JUDGE_GRACE_SECONDS="600") as first:
        until(lambda: "v2" in stage.cluster.led("api")["users"])
        second = stage.deploy("v3", 3)
        stage.cluster.faults = Faults()
        assert first.wait(120) == 0
    assert second.returncode == 1
    assert "another release is running" in second.stderr
    serves_alone(stage, "v2")
    assert [(one["version"], one["verdict"]) for one in stage.ledger] == [("v1", "good"), ("v2", "good")]


# From another strategy, and to it


@pytest.mark.slow
@both
@pytest.mark.parametrize("bad", [False, True])
def test_after_rolling_releases_pods_without_a_side_serve_until_users_are_led_away(
    strategy: str, bad: bool, tmp_path: Path
) -> None:
    with staged(rendered(CASE), tmp_path, NAMESPACE) as stage:
        stage.environment.update(KNOBS)
        stage.released("v1", 1)
        stage.replaced(rendered(CASE, strategy, canary_steps=STEPS))
        stage.cluster.faults = Faults(errors={images(2)["api"]: 0.4} if bad else {})
        mixed: list[set[str]] = []
        stage.cluster.watchers.append(lambda cluster, *_: mixed.append(cluster.led("api")["users"]))
        done = stage.deploy("v2", 2)
        assert done.returncode == (3 if bad else 0), done.stderr
        serves_alone(stage, "v1" if bad else "v2")
        assert sides(stage) == {"plain" if bad else "blue": WHOLE}
        assert set() not in mixed
        if strategy == "blue-green":
            assert {"v1", "v2"} not in mixed, "the Service of the pods without a side does not lead to new ones"
        stage.cluster.faults = Faults()
        stage.released("v3", 3)
        serves_alone(stage, "v3")


@pytest.mark.slow
@pytest.mark.parametrize("target", ["blue-green", "canary"])
def test_without_the_rights_of_its_strategy_a_release_is_not_begun(target: str, tmp_path: Path) -> None:
    """`make platform` did not run since the answers changed."""
    with staged(rendered(CASE), tmp_path, NAMESPACE) as stage:
        stage.environment.update(KNOBS)
        stage.released("v1", 1)
        stage.replaced(rendered(CASE, target, canary_steps=STEPS), platform=False)
        done = stage.deploy("v2", 2)
        assert done.returncode == 1, done.stderr
        assert (
            "web: nobody may try it through Service web-blue: make infra-platform ENV=dev gives that right"
            in done.stderr
        )
        assert {one.split("/")[0].split(" ")[1] for one in stage.cluster.changes} <= {"leases"}
        serves_alone(stage, "v1")


@pytest.mark.slow
def test_other_images_of_the_version_that_rolling_releases_left_are_refused(tmp_path: Path) -> None:
    with staged(rendered(CASE), tmp_path, NAMESPACE) as stage:
        stage.environment.update(KNOBS)
        stage.released("v1", 1)
        stage.replaced(rendered(CASE, "blue-green"))
        done = stage.deploy("v1", 2)
        assert done.returncode == 1, done.stderr
        assert "v1 is on record as good, with other images" in done.stderr
        done = stage.deploy("v1", 1)
        assert done.returncode == 0, done.stderr
        assert "v1 runs already, as plain" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("bad", [False, True])
def test_a_rolling_release_leaves_no_side(stage: Stage, bad: bool) -> None:
    stage.released("v1", 1)
    stage.replaced(rendered(CASE))
    stage.cluster.faults = Faults(errors={images(2)["api"]: 0.4} if bad else {})
    done = stage.deploy("v2", 2)
    assert done.returncode == (3 if bad else 0), done.stderr
    assert stage.serving() == {"v1" if bad else "v2"}
    assert sides(stage) == {"plain": WHOLE}
    assert {one["metadata"]["name"] for one in stage.cluster.all("services", NAMESPACE)} == set(SERVICES)


# What belongs to no service


@pytest.mark.slow
def test_a_workload_of_the_users_is_applied_as_it_is(stage: Stage) -> None:
    base = stage.root / "infrastructure/kubernetes/base"
    (base / "cache.yaml").write_text(CACHE)
    stage.edit("infrastructure/kubernetes/base/kustomization.yaml", "resources:\n", "resources:\n  - cache.yaml\n")
    stage.released("v1", 1)
    stage.released("v2", 2)
    names = {one["metadata"]["name"] for one in stage.cluster.all("deployments", NAMESPACE)}
    assert names == {"cache", *(f"{name}-green" for name in SERVICES)}


CACHE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cache
  labels: {app.kubernetes.io/name: cache}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: cache}}
  template:
    metadata: {labels: {app.kubernetes.io/name: cache, app.kubernetes.io/version: undeployed}}
    spec:
      containers:
        - name: cache
          image: docker.io/library/redis@sha256:0000000000000000000000000000000000000000000000000000000000000000
          ports: [{containerPort: 6379}]
          readinessProbe: {httpGet: {path: /, port: 6379}}
"""


# Proof that these stories judge


@pytest.mark.slow
@both
def test_without_the_way_back_users_would_stay_with_the_bad_version(stage: Stage, strategy: str) -> None:
    stage.released("v1", 1)
    stage.edit("scripts/lib/sides.sh", '    lead "$1" "$side" || return 1\n    log "users', '    log "users')
    # A canary that turns bad with all users.
    stage.cluster.watchers.append(
        lambda cluster, *_: cluster.faults.errors.update(
            {images(2)["api"]: 0.4} if cluster.led("api")["users"] == {"v2"} else {}
        )
    )
    done = stage.deploy("v2", 2, HEALTHY_SECONDS="1", UNDO_SECONDS="1")
    assert done.returncode == 4, done.stderr
    assert stage.cluster.led("api")["inside"] != {"v1"}


@pytest.mark.slow
def test_without_the_judge_of_its_steps_a_canary_would_come_to_all_users(tmp_path: Path) -> None:
    with staged(rendered(CASE, "canary", canary_steps=STEPS), tmp_path, NAMESPACE) as stage:
        stage.environment.update(KNOBS)
        stage.released("v1", 1)
        stage.edit("scripts/lib/strategy.sh", '    judge "$2" "$CANARY_STEP_SECONDS" || return 1\n', "")
        stage.cluster.faults = Faults(errors={images(2)["api"]: 0.4})
        met: list[set[str]] = []
        stage.cluster.watchers.append(lambda cluster, *_: met.append(cluster.led("api")["users"]))
        assert stage.deploy("v2", 2).returncode == 3
        assert {"v2"} in met


@pytest.mark.slow
def test_without_the_smoke_test_users_would_come_to_a_version_that_answers_nobody(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.edit("scripts/lib/strategy.sh", '  smoke "$1" || return 1\n', "")
    stage.cluster.faults = Faults(refusing={images(2)["api"]})
    met: list[set[str]] = []
    stage.cluster.watchers.append(lambda cluster, *_: met.append(cluster.led("api")["users"]))
    assert stage.deploy("v2", 2).returncode == 3
    assert {"v2"} in met


floor = pytest.mark.parametrize("floor", [True, False])


@pytest.mark.slow
@both
@floor
def test_without_the_floor_of_answers_a_version_that_nobody_asked_would_get_all_users(
    stage: Stage, strategy: str, floor: bool
) -> None:
    stage.released("v1", 1)
    if not floor:
        stage.edit(*floors.FEW_ANSWERS)
    met: list[set[str]] = []

    def look(cluster: Cluster, *_: str) -> None:
        """It answers errors as soon as users come, which the smoke test cannot know."""
        met.append(cluster.led("api")["users"])
        if "v2" in met[-1]:
            cluster.faults.refusing = {images(2)["api"]}

    stage.cluster.faults = Faults(deaf=True)
    stage.cluster.watchers.append(look)
    done = stage.deploy("v2", 2, **floors.HARDLY_ASKS)
    assert done.returncode == (3 if floor else 0), done.stderr
    assert bool(floors.TOO_FEW.search(done.stderr)) is floor
    serves_alone(stage, "v1" if floor else "v2")
    if strategy == "canary":
        assert ({"v2"} in met) is not floor


@pytest.mark.slow
@both
@floor
def test_without_the_floor_of_counted_requests_a_few_failures_would_end_a_good_release(
    stage: Stage, floor: bool
) -> None:
    stage.released("v1", 1)
    if not floor:
        stage.edit(*floors.FEW_COUNTED)
    # Three requests a minute, of which one or two failed.
    stage.cluster.faults = Faults(deaf=True, users={"api": 0.05}, errors={images(2)["api"]: 0.5}, scraped_late=False)
    done = stage.deploy("v2", 2, JUDGE_GRACE_SECONDS="1")
    assert done.returncode == (0 if floor else 3), done.stderr
    says = "its metrics count only 0.05 requests/s of version v2" if floor else "error ratio 0.5 is above 0.05"
    assert says in done.stderr
    serves_alone(stage, "v2" if floor else "v1")
