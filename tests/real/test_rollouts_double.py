"""What the double of the controller does where the real one (v1.10.0, by its source) does what hardly anybody expects."""

from __future__ import annotations

import pytest

from tests.real.conftest import digest
from tests.support.kubernetes_double import VERSION, InvalidError, Object
from tests.support.rollouts_double import Cluster
from tests.support.rollouts_state import HASH, PLUGIN

SPACE = "shop"
LABEL = {"app.kubernetes.io/name": "api"}


def rollout(version: str, number: int, **more: object) -> Object:
    """A Rollout of four pods behind a route."""
    container = {
        "name": "api",
        "image": f"registry/api@{digest(number)}",
        "ports": [{"containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080}},
    }
    canary = {
        "stableService": "api",
        "canaryService": "api-canary",
        "pingPong": {"pingService": "api-ping", "pongService": "api-pong"},
        "trafficRouting": {"plugins": {PLUGIN: {"httpRoute": "api", "namespace": SPACE}}},
        "steps": [{"setCanaryScale": {"weight": 100}}, {"setWeight": 50}, {"pause": {}}, {"setWeight": 100}],
    }
    spec = {
        "replicas": 4,
        "selector": {"matchLabels": LABEL},
        "strategy": {"canary": canary},
        "template": {"metadata": {"labels": LABEL | {VERSION: version}}, "spec": {"containers": [container]}},
    }
    meta = {"name": "api", "namespace": SPACE, "labels": LABEL}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": meta, "spec": spec | more}


@pytest.fixture
def cluster() -> Cluster:
    """One that runs v1, and nothing else yet."""
    made = Cluster(SPACE)
    for name in ("api", "api-canary", "api-ping", "api-pong"):
        spec = {"selector": dict(LABEL), "ports": [{"port": 8080}]}
        made.create("services", SPACE, {"metadata": {"name": name}, "spec": spec})
    references = [{"name": f"api-{role}", "port": 8080, "weight": 0} for role in ("ping", "pong")]
    made.create("httproutes", SPACE, {"metadata": {"name": "api"}, "spec": {"rules": [{"backendRefs": references}]}})
    made.create("rollouts", SPACE, rollout("v1", 1))
    steps(made)
    return made


def steps(cluster: Cluster, count: int = 8) -> None:
    for _ in range(count):
        cluster.step()


def test_a_field_that_the_controller_does_not_know_is_refused(cluster: Cluster) -> None:
    bad = rollout("v2", 2)
    bad["spec"]["strategy"]["canary"]["stepz"] = []
    with pytest.raises(InvalidError, match="stepz"):
        cluster.apply("rollouts", SPACE, bad)


def test_the_first_release_takes_no_steps_and_ping_is_what_serves(cluster: Cluster) -> None:
    assert cluster.phase("api") == "Healthy"
    assert cluster.rollout("api")["status"]["canary"]["stablePingPong"] == "ping"
    assert cluster.weights("api") == {"v1": 100}
    assert HASH not in cluster.objects["services", SPACE, "api-pong"]["spec"]["selector"], "nobody has narrowed it"


def test_an_abort_leads_users_back_unless_the_stable_version_lacks_a_pod(cluster: Cluster) -> None:
    cluster.apply("rollouts", SPACE, rollout("v2", 2))
    steps(cluster)
    assert cluster.objects["httproutes", SPACE, "api"]["spec"]["rules"][0]["backendRefs"][1]["weight"] == 50
    stable = next(p for p in cluster.all("pods") if p["metadata"]["labels"][VERSION] == "v1")
    cluster.faults.never_ready.add(digest(1))
    stable["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    steps(cluster, 1)
    cluster.rollout("api")["status"]["abort"] = True
    steps(cluster, 3)
    weights = [one["weight"] for one in cluster.objects["httproutes", SPACE, "api"]["spec"]["rules"][0]["backendRefs"]]
    assert weights == [50, 50]
    cluster.faults.never_ready.clear()
    steps(cluster, 3)
    weights = [one["weight"] for one in cluster.objects["httproutes", SPACE, "api"]["spec"]["rules"][0]["backendRefs"]]
    assert weights == [100, 0]
    assert cluster.rollout("api")["status"]["message"].startswith(
        "RolloutAborted: Rollout aborted update to revision 2"
    )


@pytest.mark.parametrize(("window", "led"), [(5, 100), (0, 0)])
def test_within_the_window_one_pod_gets_all_users(cluster: Cluster, window: int, led: int) -> None:
    """Why no Rollout behind a route has a window."""
    cluster.apply("rollouts", SPACE, rollout("v2", 2))
    steps(cluster, 2)
    cluster.rollout("api")["status"]["promoteFull"] = True
    steps(cluster)
    assert cluster.phase("api") == "Healthy"
    cluster.faults.never_ready.add(digest(1))
    more = {"rollbackWindow": {"revisions": window}} if window else {}
    cluster.apply("rollouts", SPACE, rollout("v1", 1, **more))
    steps(cluster, 2)
    one = next(p for p in cluster.all("pods") if p["metadata"]["labels"][VERSION] == "v1")
    one["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
    steps(cluster, 2)
    references = cluster.objects["httproutes", SPACE, "api"]["spec"]["rules"][0]["backendRefs"]
    assert {r["name"]: r["weight"] for r in references}["api-ping"] == led


def test_what_no_rollout_names_is_narrow_no_more(cluster: Cluster) -> None:
    cluster.delete("rollouts", SPACE, "api", orphan=True)
    steps(cluster, 1)
    assert HASH not in cluster.objects["services", SPACE, "api"]["spec"]["selector"]
    assert len(cluster.behind("api")) == 4


def test_a_service_of_another_rollout_makes_it_invalid(cluster: Cluster) -> None:
    other = rollout("v1", 1)
    other["metadata"]["name"] = "other"
    cluster.create("rollouts", SPACE, other)
    steps(cluster, 1)
    assert cluster.phase("other") == "Degraded"
    assert "is managed by another Rollout" in cluster.rollout("other")["status"]["message"]
