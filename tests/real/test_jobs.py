"""Services that run on a schedule, in the stories of a release: the next run has the version, and goes back with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.conftest import Stage, digest, rendered, staged
from tests.support import generated
from tests.support.kubernetes_double import Faults

CASE = generated.TESTS.parent / "templates/k8s/tests/cases/jobs.yml"
JOBS = ("report", "on", "cleanup", "tick")
NAMES = ("web", "mailer", *JOBS)


def images(number: int) -> dict[str, str]:
    return {name: digest(number * 100 + index) for index, name in enumerate(NAMES)}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(rendered(CASE), tmp_path, "shop") as made:
        yield made


def line(version: str, number: int) -> list[str]:
    given = " ".join(f"{name}={one}" for name, one in images(number).items())
    return ["scripts/deploy.sh", "--environment", "dev", "--version", version, "--images", given]


def next_runs(stage: Stage) -> dict[str, set[tuple[str, str]]]:
    return {name: stage.cluster.next_run(name) for name in JOBS}


def of(version: str, number: int) -> dict[str, set[tuple[str, str]]]:
    return {name: {(version, images(number)[name])} for name in JOBS}


@pytest.mark.slow
def test_a_good_release_gives_jobs_their_image_and_starts_no_run(stage: Stage) -> None:
    stage.cluster.faults = Faults(runs={images(1)["tick"]: "Complete"})
    done = stage.script(*line("v1", 1))
    assert done.returncode == 0, done.stderr
    assert next_runs(stage) == of("v1", 1)
    assert stage.ledger[-1]["images"] == images(1)
    assert "tick: the next run has this version; 1 runs of it ended well so far" in done.stderr
    assert "report: the next run has this version; 0 runs of it ended well so far" in done.stderr
    of_jobs = {c for c in stage.cluster.changes if " jobs/" in c}
    assert of_jobs == {"DELETE jobs/report-migrate", "PATCH jobs/report-migrate"}, "only its migration"
    # A run carries the labels of a release, and belongs to its CronJob: it is not left behind.
    assert "not in the manifests any more" not in done.stderr


def test_jobs_are_listed_with_their_next_run_and_what_runs(stage: Stage) -> None:
    stage.cluster.faults = Faults(runs={images(1)["tick"]: "Complete"})
    assert stage.script(*line("v1", 1)).returncode == 0
    stage.cluster.objects[("cronjobs", "shop", "on")]["spec"]["suspend"] = True
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "on", "uid": "1"}
    by_hand = {"name": "on-by-hand", "namespace": "shop", "labels": {}, "ownerReferences": [owner]}
    run = {"apiVersion": "batch/v1", "kind": "Job", "metadata": by_hand, "spec": {"template": {}}}
    stage.cluster.objects[("jobs", "shop", "on-by-hand")] = run
    stage.cluster.delete("cronjobs", "shop", "cleanup")
    done = stage.script("scripts/jobs.sh", "list", "--environment", "dev")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "report: v1, */5 0-23 * * * UTC; last succeeded: never; runs now: none",
        "on: v1, 0 3 29 2 * UTC; last succeeded: never, paused; runs now: on-by-hand",
        "cleanup: nothing was released",
        "tick: v1, * * * * * UTC; last succeeded: 2026-01-01T03:00:00Z; runs now: none",
    ]
    refused = stage.script("scripts/jobs.sh", "pause", "--environment", "dev")
    assert (refused.returncode, "unknown: pause" in refused.stderr) == (2, True)


@pytest.mark.slow
def test_a_bad_release_gives_jobs_their_image_of_before(stage: Stage) -> None:
    assert stage.script(*line("v1", 1)).returncode == 0
    stage.cluster.faults = Faults(never_ready={images(2)["web"]})
    done = stage.script(*line("v2", 2))
    assert done.returncode == 3, done.stderr
    assert "rolled back: v1 serves again" in done.stderr
    assert next_runs(stage) == of("v1", 1)


@pytest.mark.slow
def test_a_run_of_the_new_version_that_fails_makes_the_release_bad(stage: Stage) -> None:
    stage.cluster.faults = Faults(runs={images(1)["tick"]: "Failed"})
    assert stage.script(*line("v1", 1)).returncode == 6, "a first release"
    stage.cluster.faults = Faults()
    assert stage.script(*line("v1", 1)).returncode == 0, "its run of before does not count again"
    stage.cluster.faults = Faults(runs={images(2)["tick"]: "Failed"})
    done = stage.script(*line("v2", 2))
    assert done.returncode == 3, done.stderr
    assert "tick: its run tick-" in done.stderr
    assert next_runs(stage) == of("v1", 1)


@pytest.mark.slow
def test_without_a_record_jobs_are_set_back_as_they_were_found(stage: Stage) -> None:
    assert stage.script(*line("v1", 1)).returncode == 0
    stage.cluster.delete("configmaps", "shop", "releases")
    stage.cluster.faults = Faults(never_ready={images(2)["web"]})
    done = stage.script(*line("v2", 2))
    assert done.returncode == 3, done.stderr
    assert next_runs(stage) == of("v1", 1)


@pytest.mark.slow
def test_a_job_that_only_the_bad_release_has_is_gone_afterwards(stage: Stage) -> None:
    listed = "infrastructure/kubernetes/base/kustomization.yaml"
    stage.edit(listed, "  - cleanup\n", "")
    # As it was before there was the job.
    environment = (stage.root / "scripts/lib/release.env.sh").read_text()
    stage.edit(
        "scripts/lib/release.env.sh", next(x for x in environment.splitlines(True) if x.startswith("cleanup ")), ""
    )
    early = [word.replace(f" cleanup={images(1)['cleanup']}", "") for word in line("v1", 1)]
    assert stage.script(*early).returncode == 0
    (stage.root / listed).write_text((stage.root / listed).read_text() + "  - cleanup\n")
    (stage.root / "scripts/lib/release.env.sh").write_text(environment)
    stage.cluster.faults = Faults(never_ready={images(2)["web"]})
    done = stage.script(*line("v2", 2))
    assert done.returncode == 3, done.stderr
    assert next_runs(stage) == of("v1", 1) | {"cleanup": set()}


@pytest.mark.slow
def test_rollback_by_hand_and_the_health_check_know_jobs(stage: Stage) -> None:
    stage.cluster.faults = Faults(runs={images(1)["tick"]: "Complete"})
    assert stage.script(*line("v1", 1)).returncode == 0
    assert stage.script(*line("v2", 2)).returncode == 0
    # A pause by hand outlives a release.
    stage.cluster.objects[("cronjobs", "shop", "on")]["spec"]["suspend"] = True
    done = stage.script("scripts/rollback.sh", "--environment", "dev")
    assert done.returncode == 0, done.stderr
    assert next_runs(stage) == of("v1", 1)
    assert stage.cluster.objects[("cronjobs", "shop", "on")]["spec"]["suspend"] is True
    assert "not in the manifests any more" not in done.stderr
    done = stage.script("scripts/health-check.sh", "--environment", "dev", "--inside")
    assert done.returncode == 0, done.stdout
    assert "ok      tick: v1, last succeeded: 2026-01-01T03:00:00Z\n" in done.stdout
    assert "ok      report: v1, last succeeded: never\n" in done.stdout
    done = stage.script("scripts/health-check.sh", "--environment", "dev", "--service", "tick", "--version", "v2")
    assert done.returncode == 1
    assert "failed  tick: its CronJob has version v1, not v2" in done.stdout
    stage.cluster.delete("cronjobs", "shop", "tick")
    done = stage.script("scripts/health-check.sh", "--environment", "dev", "--service", "tick")
    assert "failed  tick: nothing was released" in done.stdout
