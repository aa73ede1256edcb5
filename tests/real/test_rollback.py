"""Going back by hand, and the health check."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.real.conftest import NAMESPACE, SERVICES, Stage, images, until
from tests.support.kubernetes_double import Faults
from tests.support.stage import kill


def rollback(stage: Stage, *more: str, **variables: str) -> tuple[int, str]:
    done = stage.script("scripts/rollback.sh", "--environment", "dev", *more, **variables)
    return done.returncode, done.stderr


def health(stage: Stage, *more: str, **variables: str) -> tuple[int, str]:
    """Inside, unless there is a door."""
    where = [] if variables else ["--inside"]
    done = stage.script("scripts/health-check.sh", "--environment", "dev", *where, *more, **variables)
    return done.returncode, done.stdout + done.stderr


def test_it_goes_back_to_the_release_before_even_while_frozen(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.released("v2", 2)
    found = stage.cluster.get("configmaps", NAMESPACE, "releases")
    assert found is not None
    found["metadata"]["annotations"] = {"agency-scaffold/freeze": "incident"}
    code, text = rollback(stage)
    assert code == 0, text
    assert "from v2 to v1" in text
    assert "within 70 s" in text
    assert {name: stage.cluster.serving(name) for name in SERVICES} == {
        name: {("v1", one)} for name, one in images(1).items()
    }
    assert [(r["version"], r["verdict"]) for r in stage.ledger[-2:]] == [("v2", "withdrawn"), ("v1", "good")]
    assert stage.ledger[-1]["kind"] == "rollback"
    assert stage.told == ("v1", "good")
    assert stage.ledger[-2]["images"] == images(2)
    # Once more: not to what was just left.
    stage.cluster.changes.clear()
    code, text = rollback(stage)
    assert code == 1, text
    assert "no good release older than v1 to go back to is on record; there are: v2 (withdrawn), v1 (good)" in text
    assert stage.serving() == {"v1"}
    assert not [c for c in stage.cluster.changes if "deployments" in c]


@pytest.mark.slow
def test_each_rollback_goes_one_release_further_back(stage: Stage) -> None:
    for number in (1, 2, 3):
        stage.released(f"v{number}", number)
    for version in ("v2", "v1"):
        code, text = rollback(stage)
        assert code == 0, text
        assert stage.serving() == {version}
    assert rollback(stage)[0] == 1
    # A bad release ends at what serves now, not at what was left.
    stage.cluster.faults = Faults(never_ready={images(4)["web"]})
    assert stage.deploy("v4", 4).returncode == 3
    assert stage.serving() == {"v1"}
    # Named, what was withdrawn is gone to; released anew, it is good again.
    code, text = rollback(stage, "--to", "v3")
    assert code == 0, text
    assert "v3 is not good any more (withdrawn: left for v2): going there since it was named" in text
    assert stage.serving() == {"v3"}
    stage.released("v2", 2)
    stage.released("v5", 5)
    code, text = rollback(stage)
    assert code == 0, text
    assert stage.serving() == {"v2"}


@pytest.mark.slow
def test_what_was_jumped_over_is_not_come_back_to(stage: Stage) -> None:
    for number in (1, 2, 3):
        stage.released(f"v{number}", number)
    assert rollback(stage, "--to", "v1")[0] == 0
    stage.released("v4", 4)
    assert rollback(stage)[0] == 0
    assert stage.serving() == {"v1"}


@pytest.mark.slow
def test_a_rollback_that_was_killed_does_not_come_back_to_what_it_left(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.released("v2", 2)
    stage.cluster.faults = Faults(slow={images(1)["web"]: 10**9})
    with stage.running("scripts/rollback.sh", "--environment", "dev") as killed:
        until(lambda: "PATCH deployments/worker" in stage.cluster.changes)
        kill(killed)
    stage.cluster.faults = Faults()
    stage.let_lock_expire()
    code, text = rollback(stage)
    assert code == 0, text
    assert stage.serving() == {"v1"}


def hold(stage: Stage, seconds: int) -> None:
    """A release was killed just now and left its lock."""
    lease = stage.cluster.get("leases", NAMESPACE, "deploy")
    assert lease is not None
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    lease["spec"] |= {"holderIdentity": "killed", "renewTime": now, "leaseDurationSeconds": seconds}


@pytest.mark.slow
def test_it_waits_for_the_lock_of_a_release_that_was_killed(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.released("v2", 2)
    hold(stage, 4)
    code, text = rollback(stage)
    assert code == 0, text
    assert "waiting for the lock of killed, " in text
    assert "took over the lock of killed" in text
    assert stage.serving() == {"v1"}


@pytest.mark.slow
def test_a_lock_that_is_kept_refuses_after_its_time(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.released("v2", 2)
    hold(stage, 600)
    code, text = rollback(stage, LOCK_SECONDS="1")
    assert code == 1, text
    assert "another release is running: killed. Cancel it" in text
    assert stage.serving() == {"v2"}


@pytest.mark.slow
def test_it_goes_to_a_named_release_and_to_no_other(stage: Stage) -> None:
    for number in (1, 2, 3):
        stage.released(f"v{number}", number)
    assert rollback(stage, "--to", "v9")[0] == 1
    assert stage.serving() == {"v3"}
    code, text = rollback(stage, "--to", "v1")
    assert code == 0, text
    assert stage.serving() == {"v1"}


@pytest.mark.slow
def test_after_a_release_that_was_killed_it_goes_to_the_last_good_one(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = Faults(never_ready={images(2)["web"]})
    deployment = stage.cluster.get("deployments", NAMESPACE, "web")
    assert deployment is not None
    deployment["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/version"] = "v2"
    code, text = rollback(stage)
    assert code == 0, text
    assert stage.serving() == {"v1"}


@pytest.mark.slow
def test_a_dry_run_changes_nothing(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.released("v2", 2)
    assert rollback(stage, "--dry-run")[0] == 0
    assert stage.cluster.changes == []


@pytest.mark.slow
def test_an_image_that_the_registry_lost_is_refused(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.released("v2", 2)
    (stage.aws / "tags" / NAMESPACE / "api" / f"dev-{images(1)['api'][7:19]}").unlink()
    code, text = rollback(stage)
    assert code == 1
    assert "is not in the registry as released in dev" in text
    assert stage.serving() == {"v2"}


@pytest.mark.slow
def test_a_rollback_that_does_not_serve_is_exit_4(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.released("v2", 2)
    stage.cluster.faults = Faults(never_ready={images(1)["web"]})
    code, text = rollback(stage, UNDO_SECONDS="20")
    assert code == 4, text
    assert stage.told == ("v1", "failed")
    # The next good one ends it.
    stage.cluster.faults = Faults()
    stage.released("v3", 3)
    assert stage.told == ("v3", "good")


@pytest.mark.slow
def test_with_nothing_on_record_it_says_so(stage: Stage) -> None:
    stage.released("v1", 1)
    code, text = rollback(stage)
    assert code == 1
    assert "no good release older than v1 to go back to is on record; there are: v1 (good)" in text


@pytest.mark.slow
def test_the_health_check_names_the_version_that_serves(stage: Stage) -> None:
    assert health(stage) == (1, "".join(f"failed  {name}: nothing was released\n" for name in SERVICES))
    stage.released("v1", 1)
    assert health(stage) == (0, "".join(f"ok      {name}: v1\n" for name in SERVICES))
    assert health(stage, "--version", "v1", "--service", "api") == (0, "ok      api: v1\n")
    code, text = health(stage, "--version", "v2")
    assert code == 1
    assert "version v1 still runs beside v2" in text
    stage.cluster.faults = Faults(refusing={images(1)["api"]})
    code, text = health(stage)
    assert code == 1
    assert "does not answer on /healthz" in text
    assert stage.cluster.changes == []


@pytest.mark.slow
def test_the_health_check_sees_an_old_pod_beside_the_new(stage: Stage) -> None:
    stage.released("v1", 1)
    pod = next(p for p in stage.cluster.all("pods") if p["metadata"]["labels"]["app.kubernetes.io/name"] == "web")
    stage.cluster.create(
        "pods", NAMESPACE, pod | {"metadata": pod["metadata"] | {"name": "left", "ownerReferences": []}}
    )
    left = stage.cluster.get("pods", NAMESPACE, "left")
    assert left is not None
    left["metadata"]["labels"] = left["metadata"]["labels"] | {"app.kubernetes.io/version": "v0"}
    code, text = health(stage, "--service", "web")
    assert code == 1
    assert "version v0 still runs beside v1" in text
