"""Going back by hand, and the health check."""

from __future__ import annotations

import pytest

from tests.real.conftest import NAMESPACE, SERVICES, Stage, images
from tests.support.kubernetes_double import Faults


def rollback(stage: Stage, *more: str, **variables: str) -> tuple[int, str]:
    done = stage.script("scripts/rollback.sh", "--environment", "dev", *more, **variables)
    return done.returncode, done.stderr


def health(stage: Stage, *more: str) -> tuple[int, str]:
    done = stage.script("scripts/health-check.sh", "--environment", "dev", *more)
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
    assert "within 40 s" in text
    assert {name: stage.cluster.serving(name) for name in SERVICES} == {
        name: {("v1", one)} for name, one in images(1).items()
    }
    assert (stage.ledger[-1]["version"], stage.ledger[-1]["kind"]) == ("v1", "rollback")


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


def test_a_rollback_that_does_not_serve_is_exit_4(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.released("v2", 2)
    stage.cluster.faults = Faults(never_ready={images(1)["web"]})
    code, text = rollback(stage, UNDO_SECONDS="20")
    assert code == 4, text
    assert stage.ledger[-1]["verdict"] == "bad"


@pytest.mark.slow
def test_with_nothing_on_record_it_says_so(stage: Stage) -> None:
    stage.released("v1", 1)
    code, text = rollback(stage)
    assert code == 1
    assert "no good release to go back to is on record" in text


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
