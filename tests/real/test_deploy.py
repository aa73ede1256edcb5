"""The stories of a release, with the real scripts and the real kubectl against a double of the Kubernetes API."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.real.conftest import NAMESPACE, SERVICES, Stage, digest, images, rendered, staged, until
from tests.support import generated
from tests.support.kubernetes_double import Cluster, Faults
from tests.support.stage import kill

WEB, API = images(2)["web"], images(2)["api"]
NOTHING = ({"apiGroups": (), "resources": (), "verbs": ()},)
"""Rights to nothing."""


def slow(faults: Faults, says: str, grace: int, name: str) -> ParameterSet:
    """A story that takes the same way through the script as another: run by the long suite."""
    return pytest.param(faults, says, grace, id=name, marks=pytest.mark.slow)


def slow_case(faults: Faults, says: str, name: str) -> ParameterSet:
    """The same without a grace."""
    return pytest.param(faults, says, id=name, marks=pytest.mark.slow)


def pods(cluster: Cluster) -> set[str]:
    return {p["metadata"]["name"] for p in cluster.all("pods")}


def test_a_good_release_serves_and_is_recorded_and_marked(stage: Stage) -> None:
    done = stage.deploy("v1", 1, GITHUB_ACTOR="mona")
    assert done.returncode == 0, done.stderr
    ((at, *words),) = stage.listed(generated.CASES / "example.yml", KUBECONFIG=f"{stage.aws}/kubeconfig")
    assert words[:3] == ["v1", "good", "mona"]
    assert words[3].startswith("web: error ratio 0,")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(at)) < timedelta(minutes=10)
    assert {name: stage.cluster.serving(name) for name in SERVICES} == {
        name: {("v1", one)} for name, one in images(1).items()
    }
    assert [(r["version"], r["verdict"], r["images"]) for r in stage.ledger] == [("v1", "good", images(1))]
    assert len(stage.calls("put-image")) == len(SERVICES)
    assert "worker: ready and answering, 0 restarts; it counts no requests" in done.stderr
    platform = stage.cluster.get("configmaps", NAMESPACE, "platform")
    assert platform is not None
    assert platform["data"]["DATABASE_HOST"] == "database.internal"
    lease = stage.cluster.get("leases", NAMESPACE, "deploy")
    assert lease is not None
    assert lease["spec"]["holderIdentity"] == ""


@pytest.mark.slow
def test_names_that_yaml_takes_for_something_else_are_released(tmp_path: Path) -> None:
    case = generated.TESTS.parent / "templates/k8s/tests/cases/awkward-names.yml"
    names = {"y": digest(1), "null": digest(2), "end": digest(3)}
    with staged(rendered(case), tmp_path, "on") as stage:
        given = " ".join(f"{name}={one}" for name, one in names.items())
        done = stage.script("scripts/deploy.sh", "--environment", "no", "--version", "v1", "--images", given)
        assert done.returncode == 0, done.stderr
        assert {name: stage.cluster.serving(name) for name in names} == {n: {("v1", one)} for n, one in names.items()}
        assert "not in the manifests any more" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("more", [pytest.param(["--dry-run"], id="dry run"), pytest.param([], id="release")])
def test_what_the_manifests_no_longer_have_is_named_and_left_alone(stage: Stage, more: list[str]) -> None:
    stage.released("v1", 1)
    stage.edit("infrastructure/kubernetes/base/web/kustomization.yaml", "  - pdb.yaml\n", "")
    stage.cluster.create("configmaps", NAMESPACE, {"metadata": {"name": "by-hand"}, "data": {}})
    done = stage.deploy("v2", 2, more=more)
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stderr.splitlines() if "not in the manifests any more" in line]
    assert [line.partition("cluster: ")[2].partition(" (")[0] for line in told] == ["PodDisruptionBudget/web"]
    assert stage.cluster.get("poddisruptionbudgets", NAMESPACE, "web") is not None


@pytest.mark.slow
def test_the_same_release_again_changes_no_pod(stage: Stage) -> None:
    stage.released("v1", 1)
    before = pods(stage.cluster)
    assert stage.deploy("v1", 1).returncode == 0
    assert pods(stage.cluster) == before
    # Its migration is done and is not run twice.
    assert not [c for c in stage.cluster.changes if "jobs" in c]


@pytest.mark.slow
def test_a_version_that_never_settles_is_not_watched_for_ever(stage: Stage) -> None:
    stage.cluster.faults = Faults(errors={images(1)["api"]: 0.3}, scraped_late=False)
    done = stage.deploy("v1", 1, JUDGE_STRIKES="1000", JUDGE_GRACE_SECONDS="0", JUDGE_SETTLE_SECONDS="2")
    assert done.returncode == 6, done.stderr
    assert "it does not settle, now and then something is wrong: api:" in done.stderr


@pytest.mark.slow
def test_a_migration_is_run_again_for_other_images_of_the_same_version(stage: Stage) -> None:
    stage.cluster.faults = Faults(bad_migrations={API})
    assert stage.deploy("v1", 2).returncode == 6
    stage.cluster.changes.clear()
    assert stage.deploy("v1", 1).returncode == 0
    assert "PATCH jobs/api-migrate" in stage.cluster.changes


@pytest.mark.parametrize(
    ("faults", "says", "grace"),
    [
        slow(Faults(never_ready={WEB}), "ImagePullBackOff", 60, "image never ready"),
        pytest.param(
            Faults(errors={API: 0.3}), "error ratio 0.3 is above 0.05", 60, id="errors in a quiet environment"
        ),
        slow(Faults(bad_migrations={API}), "migration api-migrate failed", 60, "migration fails"),
        slow(Faults(refusing={WEB}), "does not answer on /healthz", 60, "pods answer errors"),
        slow(Faults(restarting={images(2)["worker"]}), "worker: its containers restarted", 60, "restarts"),
        slow(Faults(errors={API: 0.3}, users={"api": 20}), "error ratio 0.3 is above 0.05", 60, "errors"),
        slow(Faults(errors={API: "NaN"}, scraped_late=False), "error ratio (NaN) or p95 (0.05)", 0, "NaN"),
        slow(Faults(p95={API: 0.501}), "p95 0.501 s is above 500 ms", 60, "slow answers"),
        slow(Faults(p95={API: "+Inf"}), "p95 +Inf s is above", 60, "beyond the last bucket"),
        slow(Faults(deaf=True, users={"api": 0.5}, errors={API: 0.5}), "error ratio 0.5 is above", 60, "few errors"),
        slow(Faults(prometheus_down=True), "Prometheus does not answer", 0, "Prometheus down"),
    ],
)
def test_a_bad_release_is_rolled_back(stage: Stage, faults: Faults, says: str, grace: int) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = faults
    done = stage.deploy("v2", 2, JUDGE_GRACE_SECONDS=str(grace))
    assert done.returncode == 3, done.stderr
    assert says in done.stderr
    assert "rolled back: v1 serves again" in done.stderr
    assert {name: stage.cluster.serving(name) for name in SERVICES} == {
        name: {("v1", one)} for name, one in images(1).items()
    }
    assert [(r["version"], r["verdict"]) for r in stage.ledger] == [("v1", "good"), ("v2", "bad")]
    assert stage.told == ("v2", "bad")
    assert "rolled back to v1" in stage.ledger[-1]["why"]
    assert not [c for c in stage.calls("put-image") if WEB in c]


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        pytest.param(
            Faults(deaf=True, scraped_late=False),
            "its metrics count only 0.0 requests/s of version v2, more than 1 are needed",
            id="health path not counted",
            marks=pytest.mark.slow,
        ),
        slow_case(Faults(unmeasured={"web", "api"}), "no series of version v2 counts its requests", "series missing"),
        slow_case(
            Faults(deaf=True, users={"web": 0.9, "api": 0.05}, errors={API: 1.0}, scraped_late=False),
            "its metrics count only 0.05 requests/s of version v2",
            "two users, both unlucky",
        ),
    ],
)
def test_where_the_metrics_count_too_little_the_answers_decide_and_it_is_said(
    stage: Stage, faults: Faults, why: str
) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = faults
    done = stage.deploy("v2", 2, JUDGE_GRACE_SECONDS="0")
    assert done.returncode == 0, done.stderr
    told = [
        line for line in done.stderr.splitlines() if "warning: " in line and "requests were sent and answered" in line
    ]
    assert len(told) == 2, done.stderr
    assert why in told[1]
    assert "Let its metrics count the requests to /healthz" in told[1]
    assert "error ratio and p95 were not judged" in stage.ledger[-1]["why"]


@pytest.mark.slow
def test_requests_that_get_no_answer_end_a_release(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.edit("scripts/lib/proxy.sh", "kubectl proxy --unix", "kubectl prox --unix")
    done = stage.deploy("v2", 2, JUDGE_GRACE_SECONDS="0")
    assert done.returncode == 3, done.stderr
    assert (
        "web: version v2 answered only 0 of the requests that were sent, 5 are needed (kubectl proxy does not start"
        in done.stderr
    )


def processes(stage: Stage) -> list[str]:
    """What still runs in the folder of the stage."""
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str(stage.root.parent) in str((one / "cwd").readlink()):
                found.append((one / "cmdline").read_text().replace("\0", " "))
    return found


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_sent_any_more_when_the_script_was_ended(stage: Stage, end: signal.Signals) -> None:
    with stage.running(*stage.arguments("v1", 1), JUDGE_SECONDS="60") as one:
        until(lambda: any("kubectl proxy" in line for line in processes(stage)))
        # The script alone: what it started must notice by itself.
        one.send_signal(end)
        one.wait(30)
        until(lambda: not processes(stage))


def slowly(stage: Stage) -> None:
    """From the moment the new pods are ready, each call of kubectl takes as long as at a cloud."""
    switch = stage.slow_kubectl(0.8)

    def watch(cluster: Cluster, method: str, path: str) -> None:
        if all({v for v, _ in cluster.serving(name)} == {"v1"} for name in SERVICES):
            switch.touch()

    stage.cluster.watchers.append(watch)


@pytest.mark.slow
def test_slow_calls_of_kubectl_do_not_undo_a_healthy_release(stage: Stage) -> None:
    slowly(stage)
    stage.cluster.window = 5.0
    stage.cluster.faults = Faults(scraped_late=False)
    usual = {"JUDGE_SEND_RATE": "", "DEPLOY_POLL_SECONDS": "", "JUDGE_QUERY_SECONDS": ""}
    done = stage.deploy("v1", 1, JUDGE_SECONDS="12", JUDGE_GRACE_SECONDS="12", JUDGE_MIN_ANSWERS="10", **usual)
    assert done.returncode == 0, done.stderr
    assert "were not judged" not in done.stderr
    assert "web: error ratio 0, p95 0.05 s at " in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("users", [0, 0.5])
def test_slow_calls_of_kubectl_do_not_undo_a_healthy_release_at_the_usual_cadence(stage: Stage, users: float) -> None:
    slowly(stage)
    stage.cluster.window = 60.0
    stage.cluster.faults = Faults(users=dict.fromkeys(SERVICES, users))
    for name in [name for name in stage.environment if name.startswith(("JUDGE_", "DEPLOY_"))]:
        del stage.environment[name]
    done = stage.deploy("v1", 1, JUDGE_SECONDS="120")
    assert done.returncode == 0, done.stderr
    assert "were not judged" not in done.stderr


@pytest.mark.slow
def test_a_failed_migration_replaces_no_pod(stage: Stage) -> None:
    stage.released("v1", 1)
    before = pods(stage.cluster)
    stage.cluster.faults = Faults(bad_migrations={API})
    assert stage.deploy("v2", 2).returncode == 3
    assert pods(stage.cluster) == before


@pytest.mark.slow
def test_a_slow_release_is_rolled_back_in_time(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = Faults(slow={WEB: 10**9})
    done = stage.deploy("v2", 2, more=["--timeout", "8"])
    assert done.returncode == 3, done.stderr
    assert "not rolled out: web" in done.stderr
    assert stage.serving() == {"v1"}


@pytest.mark.slow
def test_an_endless_migration_stops_the_release_and_nothing_goes_back(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = Faults(endless_migrations={API})
    stage.cluster.changes.clear()
    done = stage.deploy("v2", 2, MIGRATE_SECONDS="2")
    assert done.returncode == 5, done.stderr
    assert "migration api-migrate did not end within 2 s" in done.stderr
    # Nothing goes on and nothing goes back beside a migration that may still run.
    assert not [c for c in stage.cluster.changes if "deployments" in c]
    assert stage.serving() == {"v1"}
    assert [r["version"] for r in stage.ledger] == ["v1"]


@pytest.mark.parametrize(("replicas", "usual", "limit"), [(1, 70, 370), (10, 280, 580), (30, 280, 580)])
def test_the_time_of_a_rollout_follows_the_replicas(
    stage: Stage, tmp_path: Path, replicas: int, usual: int, limit: int
) -> None:
    spec = {
        "replicas": replicas,
        "progressDeadlineSeconds": 300,
        "minReadySeconds": 10,
        "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
    }
    (tmp_path / "deployments.json").write_text(json.dumps({"items": [{"spec": spec}]}))
    lines = (
        "source scripts/lib/common.sh; source scripts/lib/strategy.sh; strategy_undo_seconds; strategy_limit_seconds"
    )
    done = stage.script(
        "-c", lines.replace("; strategy_undo", '; WORK="$FOLDER"; strategy_undo', 1), FOLDER=str(tmp_path)
    )
    assert (done.returncode, done.stdout.split()) == (0, [str(usual), str(limit)]), done.stderr


def registry_full(stage: Stage) -> None:
    """The mark of one image is taken by another."""
    folder = stage.aws / "tags/shop/web"
    folder.mkdir(parents=True)
    (folder / f"dev-{images(1)['web'][7:19]}").write_text(digest(6))


def no_record(stage: Stage) -> None:
    stage.edit("scripts/lib/store.sh", "kube patch configmap releases", "kube patch configmap nothing")


def broken(stage: Stage) -> None:
    """A command of the script itself fails where nothing expects it."""
    stage.edit(
        "scripts/lib/deploying.sh",
        '  while read -r service; do log "$service"; done <"$WORK/verdict"',
        "  cat /no/such/file",
    )


@pytest.mark.parametrize(
    ("arrange", "says"),
    [
        pytest.param(registry_full, "is taken by", id="not marked", marks=pytest.mark.slow),
        pytest.param(no_record, "v1 serves and is good, but is not on record", id="not recorded"),
        pytest.param(
            broken,
            "stopped half-way: run the same command again, or scripts/rollback.sh --environment",
            id="unexpected error",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_is_not_finished_is_told_apart_from_what_was_refused(
    stage: Stage, arrange: Callable[[Stage], None], says: str
) -> None:
    arrange(stage)
    done = stage.deploy("v1", 1)
    assert done.returncode == 5, done.stderr
    assert says in done.stderr
    assert stage.serving() == {"v1"}


def test_a_missing_secret_stops_before_any_pod(stage: Stage) -> None:
    stage.cluster.faults = Faults(missing_secrets={"database"})
    done = stage.deploy("v1", 1, SECRETS_SECONDS="1")
    assert done.returncode == 6, done.stderr
    assert "these secrets are not there: database" in done.stderr
    assert not stage.cluster.all("deployments")


def test_a_bad_first_release_says_that_there_is_nothing_to_go_back_to(stage: Stage) -> None:
    stage.cluster.faults = Faults(never_ready={images(1)["web"]})
    done = stage.deploy("v1", 1)
    assert done.returncode == 6, done.stderr
    assert "there is nothing to go back to" in done.stderr
    assert [(r["version"], r["verdict"]) for r in stage.ledger] == [("v1", "bad")]
    assert stage.told == ("v1", "bad")


@pytest.mark.slow
def test_without_a_record_the_history_of_the_deployments_serves(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.cluster.delete("configmaps", NAMESPACE, "releases")
    stage.cluster.faults = Faults(never_ready={WEB})
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert "by the history of the Deployments" in done.stderr
    assert stage.serving() == {"v1"}


def test_of_a_record_without_its_manifests_only_the_services_that_it_had_come_back(stage: Stage) -> None:
    on_record(stage, ("v1", 1, "good"))
    found = stage.cluster.get("configmaps", NAMESPACE, "releases")
    assert found is not None
    before = {name: one for name, one in images(1).items() if name != "api"}
    found["data"] = {"000001-v1": json.dumps(json.loads(found["data"]["000001-v1"]) | {"images": before})}
    stage.mark("dev", 1)
    done = stage.script("scripts/rollback.sh", "--environment", "dev", "--dry-run", DEPLOY_POLL_SECONDS="0")
    assert done.returncode == 0, done.stderr
    assert images(1)["web"] in done.stdout
    assert "name: api" not in [line[1:].strip() for line in done.stdout.splitlines()]


def test_a_record_without_images_is_not_gone_back_to_and_that_is_recorded(stage: Stage) -> None:
    entry = {"version": "v1", "images": {}, "verdict": "good"}
    data = {"000001-v1": json.dumps(entry)}
    stage.cluster.create("configmaps", NAMESPACE, {"metadata": {"name": "releases"}, "data": data})
    stage.cluster.faults = Faults(bad_migrations={API})
    done = stage.deploy("v2", 2)
    assert done.returncode == 4, done.stderr
    assert "ROLLBACK FAILED, a person is needed: no image of any service is known" in done.stderr
    assert "going back to v1 failed: no image of any service is known" in stage.ledger[-1]["why"]
    assert not [one for one in stage.cluster.changes if "deployments" in one]


def test_one_answer_that_is_lost_says_nothing_of_a_release(stage: Stage) -> None:
    allowed, looks = stage.cluster.rules, 0

    def lose_every_second(cluster: Cluster, method: str, path: str) -> None:
        nonlocal looks
        looks += method == "GET" and path.endswith("/services") and "PATCH jobs/api-migrate" in cluster.changes
        cluster.rules = NOTHING if looks % 2 and path.endswith("/services") else allowed

    stage.cluster.watchers.append(lose_every_second)
    done = stage.deploy("v1", 1)
    assert done.returncode == 0, done.stderr
    assert looks > 4


@pytest.mark.slow
def test_an_undo_that_fails_is_told_apart(stage: Stage) -> None:
    stage.released("v1", 1)

    def break_old(cluster: Cluster, method: str, path: str) -> None:
        # As soon as the new version runs alone, the old image is gone.
        if cluster.serving("web") == {("v2", WEB)}:
            cluster.faults.errors[WEB] = 0.5
            cluster.faults.never_ready.add(images(1)["web"])

    stage.cluster.watchers.append(break_old)
    done = stage.deploy("v2", 2, UNDO_SECONDS="20")
    assert done.returncode == 4, done.stderr
    assert "ROLLBACK FAILED, a person is needed" in done.stderr
    assert "going back to v1 failed" in stage.ledger[-1]["why"]
    assert stage.told == ("v2", "failed")


@pytest.mark.slow
def test_settings_go_back_with_the_images(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.edit("infrastructure/kubernetes/base/api/configmap.yaml", "LOG_LEVEL", "LOG_LEVEL_NEW")
    stage.cluster.faults = Faults(never_ready={WEB})
    assert stage.deploy("v2", 2).returncode == 3
    settings = stage.cluster.get("configmaps", NAMESPACE, "api-config")
    assert settings is not None
    assert list(settings["data"]) == ["LOG_LEVEL"]


@pytest.mark.slow
def test_a_release_that_changes_nothing_is_not_undone(stage: Stage) -> None:
    stage.released("v1", 1)
    before = pods(stage.cluster)
    stage.cluster.faults = Faults(prometheus_down=True)
    done = stage.deploy("v1", 1, JUDGE_GRACE_SECONDS="0")
    assert done.returncode == 1, done.stderr
    assert "there is nothing to undo" in done.stderr
    assert pods(stage.cluster) == before
    # That says nothing of the release that runs: the next bad one still goes back to it.
    assert [r["verdict"] for r in stage.ledger] == ["good", "unchanged"]
    assert stage.told == ("v1", "good")
    stage.cluster.faults = Faults(never_ready={WEB})
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr


@pytest.mark.slow
def test_a_version_that_was_good_stays_so_where_its_new_settings_cannot_be_taken_back(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.edit(
        "infrastructure/kubernetes/base/web/workload.yaml",
        "terminationGracePeriodSeconds: 60",
        "terminationGracePeriodSeconds: 61",
    )
    stage.cluster.faults = Faults(errors={images(1)["web"]: 0.5})
    begun = stage.cluster.changes.count("PATCH deployments/web")

    def break_undo(cluster: Cluster, method: str, path: str) -> None:
        if cluster.changes.count("PATCH deployments/web") > begun + 1:
            cluster.faults.never_ready.add(images(1)["web"])

    stage.cluster.watchers.append(break_undo)
    done = stage.deploy("v1", 1, UNDO_SECONDS="5")
    stage.cluster.watchers.remove(break_undo)
    assert done.returncode == 4, done.stderr
    assert stage.told == ("v1", "failed")
    # The next bad release goes back to it, with the settings that were good.
    stage.cluster.faults = Faults(never_ready={WEB})
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert "v1 serves again" in done.stderr


def test_two_at_once_are_refused(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = Faults(endless_migrations={API})
    with stage.running(*stage.arguments("v2", 2)) as first:
        until(lambda: "PATCH jobs/api-migrate" in stage.cluster.changes)
        second = stage.deploy("v3", 3)
        assert second.returncode == 1, second.stderr
        assert "another release is running" in second.stderr
        stage.cluster.faults = Faults()
        assert first.wait(60) == 0
    assert stage.serving() == {"v2"}


@pytest.mark.slow
def test_a_killed_release_keeps_others_out_until_its_lock_expires_and_can_be_run_again(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = Faults(slow={WEB: 10**9})
    with stage.running(*stage.arguments("v2", 2)) as killed:
        until(lambda: "PATCH deployments/worker" in stage.cluster.changes)
        kill(killed)
    stage.cluster.faults = Faults()
    early = stage.deploy("v2", 2)
    assert early.returncode == 1, early.stderr
    assert "another release is running" in early.stderr
    stage.let_lock_expire()
    again = stage.deploy("v2", 2)
    assert again.returncode == 0, again.stderr
    assert "took over the lock" in again.stderr
    assert stage.serving() == {"v2"}


KILLED: dict[str, Callable[[Stage], object]] = {
    "while its pods are replaced": lambda stage: "PATCH deployments/worker" in stage.cluster.changes,
    "while it is watched": lambda stage: stage.serving() == {"v2"},
    "when it is on record": lambda stage: len(stage.ledger) == 2,
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", KILLED)
def test_a_release_that_was_killed_ends_well_when_it_is_run_again(stage: Stage, moment: str) -> None:
    stage.released("v1", 1)
    with stage.running(*stage.arguments("v2", 2), JUDGE_SECONDS="5") as killed:
        until(lambda: KILLED[moment](stage))
        kill(killed)
    stage.let_lock_expire()
    done = stage.deploy("v2", 2)
    assert done.returncode == 0, done.stderr
    assert stage.serving() == {"v2"}
    assert {(one["version"], one["verdict"]) for one in stage.ledger} == {("v1", "good"), ("v2", "good")}


@pytest.mark.slow
def test_a_bad_release_that_was_killed_still_goes_back_to_the_last_good_one(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = Faults(never_ready={WEB})
    with stage.running(*stage.arguments("v2", 2), START_STRIKES="100000") as killed:
        until(lambda: "PATCH deployments/worker" in stage.cluster.changes)
        kill(killed)
    stage.let_lock_expire()
    assert stage.deploy("v2", 2).returncode == 3
    assert stage.serving() == {"v1"}


@pytest.mark.slow
def test_a_migration_that_a_killed_release_left_running_is_waited_for(stage: Stage) -> None:
    stage.released("v1", 1)
    stage.cluster.faults = Faults(endless_migrations={API})
    with stage.running(*stage.arguments("v2", 2)) as killed:
        until(lambda: "PATCH jobs/api-migrate" in stage.cluster.changes)
        kill(killed)
    stage.let_lock_expire()
    stage.cluster.faults = Faults()
    stage.cluster.changes.clear()
    assert stage.deploy("v2", 2).returncode == 0
    assert not [c for c in stage.cluster.changes if "jobs" in c]


@pytest.mark.slow
def test_a_release_that_lost_its_lock_stops_without_undoing(stage: Stage) -> None:
    stage.released("v1", 1)

    def steal(cluster: Cluster, method: str, path: str) -> None:
        if method == "PATCH" and path.endswith("/deployments/worker"):
            stage.lose_lock()

    stage.cluster.watchers.append(steal)
    stage.cluster.faults = Faults(never_ready={WEB})
    done = stage.deploy("v2", 2, LOCK_SECONDS="4", START_STRIKES="100000")
    assert done.returncode == 5, done.stderr
    assert "the lock is lost" in done.stderr
    lease = stage.cluster.get("leases", NAMESPACE, "deploy")
    assert lease is not None
    assert lease["spec"]["holderIdentity"] == "somebody else"
    assert [r["version"] for r in stage.ledger] == ["v1"]


def freeze(stage: Stage) -> None:
    stage.cluster.create(
        "configmaps",
        NAMESPACE,
        {"metadata": {"name": "releases", "annotations": {"agency-scaffold/freeze": "black friday"}}, "data": {}},
    )


def on_record(stage: Stage, *records: tuple[str, int, str]) -> None:
    """Version, number of the images and verdict of each, oldest first."""
    data = {
        f"{n:06d}-{version}": json.dumps({"version": version, "images": images(number), "verdict": verdict})
        for n, (version, number, verdict) in enumerate(records, 1)
    }
    stage.cluster.create("configmaps", NAMESPACE, {"metadata": {"name": "releases"}, "data": data})


def good_with_others(stage: Stage) -> None:
    on_record(stage, ("v1", 2, "good"), ("v3", 3, "good"))


def wrong_account(stage: Stage) -> None:
    (stage.aws / "account").write_text("999988887777")


def wrong_cluster(stage: Stage) -> None:
    platform = {"metadata": {"name": "platform"}, "data": {"ENVIRONMENT": "prod"}}
    stage.cluster.create("configmaps", NAMESPACE, platform)


def cloud_down(stage: Stage) -> None:
    (stage.aws / "down").touch()


@pytest.mark.parametrize(
    ("arrange", "environment", "says"),
    [
        pytest.param(freeze, "dev", "releases to dev are frozen: black friday", id="frozen"),
        pytest.param(
            good_with_others, "dev", "v1 is on record as good, with other images (web api worker): ", id="other images"
        ),
        pytest.param(wrong_account, "dev", "wrong account: the credentials belong to 999988887777", id="account"),
        pytest.param(wrong_cluster, "dev", "wrong cluster: it says that it is prod", id="cluster"),
        pytest.param(cloud_down, "dev", "AWS accepts no credentials", id="no cloud"),
        pytest.param(lambda _: None, "staging", "was not released in dev", id="not released before"),
    ],
)
def test_a_release_is_refused_before_anything_changes(
    stage: Stage, arrange: Callable[[Stage], None], environment: str, says: str
) -> None:
    arrange(stage)
    done = stage.deploy("v1", 1, environment)
    assert done.returncode == 1, done.stderr
    assert says in done.stderr
    assert stage.cluster.changes == []


def test_a_freeze_that_begins_before_the_lock_is_taken_counts(stage: Stage) -> None:
    def late(cluster: Cluster, method: str, path: str) -> None:
        if method == "POST" and path.endswith("/leases") and not cluster.get("configmaps", NAMESPACE, "releases"):
            freeze(stage)

    stage.cluster.watchers.append(late)
    # As a person pastes them.
    named = "\n".join(f"{name}={one}" for name, one in images(1).items())
    done = stage.script("scripts/deploy.sh", "--environment", "dev", "--version", "v1", "--images", named)
    assert done.returncode == 1, done.stderr
    assert "releases to dev are frozen: black friday" in done.stderr
    assert stage.serving() == set()


def test_a_number_of_seconds_may_begin_with_a_zero(stage: Stage) -> None:
    done = stage.script("scripts/health-check.sh", "--environment", "dev", "--inside", "--timeout", "08")
    assert (done.returncode, done.stdout.partition("\n")[0]) == (1, "failed  web: nothing was released"), done.stderr


@pytest.mark.slow
def test_what_was_good_in_the_environment_before_is_let_in(stage: Stage) -> None:
    stage.mark("dev", 1)
    done = stage.deploy("v1", 1, "staging", CLUSTER_NAME="shop-staging")
    assert done.returncode == 0, done.stderr
    assert [c for c in stage.calls("put-image") if f"staging-{images(1)['web'][7:19]}" in c]


def test_a_registry_that_does_not_answer_is_not_taken_for_no(stage: Stage) -> None:
    stage.mark("dev", 1)
    (stage.aws / "registry-down").touch()
    done = stage.deploy("v1", 1, "staging")
    assert done.returncode == 1
    assert "the registry does not say whether" in done.stderr


def test_a_dry_run_prints_and_changes_nothing(stage: Stage) -> None:
    stage.released("v1", 1)
    done = stage.deploy("v2", 2, more=["--dry-run"])
    assert done.returncode == 0, done.stderr
    assert f"image: {stage.environment['REGISTRY']}/shop/web@{WEB}" in done.stdout
    assert "+        app.kubernetes.io/version: v2" in done.stdout
    assert stage.cluster.changes == []
    assert stage.serving() == {"v1"}


@pytest.mark.slow
def test_a_service_that_is_not_named_keeps_its_image(stage: Stage) -> None:
    stage.released("v1", 1)
    done = stage.script("scripts/deploy.sh", "--environment", "dev", "--version", "v2", "--images", f"web={digest(9)}")
    assert done.returncode == 0, done.stderr
    assert stage.ledger[-1]["images"] == images(1) | {"web": digest(9)}


@pytest.mark.slow
def test_the_record_keeps_twenty_releases_and_the_manifests_of_five(stage: Stage) -> None:
    entry = '{"version": "v0", "verdict": "good", "images": {}}'
    old = {f"{n:06d}-v0": entry for n in range(1, 26)}
    kept = {f"{n:06d}-v0.yaml.gz": "H4sI" for n in range(20, 26)}
    stage.cluster.create(
        "configmaps",
        NAMESPACE,
        {"metadata": {"name": "releases"}, "data": old | {"note": "by hand"}, "binaryData": kept},
    )
    done = stage.deploy("v1", 1)
    assert done.returncode == 0, done.stderr
    found = stage.cluster.get("configmaps", NAMESPACE, "releases")
    assert found is not None
    assert len(found["data"]) == 21  # and what a person wrote
    assert max(k for k in found["data"] if k != "note") == "000026-v1"
    assert sorted(found["binaryData"]) == [f"{n:06d}-v{0 if n < 26 else 1}.yaml.gz" for n in range(22, 27)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--environment", "nowhere", "--version", "v1", "--image", f"web={digest(1)}"],
        ["--environment", "dev", "--version", "v/1", "--image", f"web={digest(1)}"],
        ["--environment", "dev", "--version", "v1"],
        ["--environment", "dev", "--version", "v1", "--image", "web=sha256:123"],
        ["--environment", "dev", "--version", "v1", "--image", f"nothing={digest(1)}"],
        ["--environment", "dev", "--version", "v1", "--image", f"web={digest(1)}", "--image", f"web={digest(2)}"],
        ["--environment", "dev", "--version", "v1", "--image", f"web={digest(1)}"],
        ["--environment", "dev", "--version", "v1", "--image", f"web={digest(1)}", "--timeout", "0"],
        ["--environment"],
        ["--unknown"],
    ],
)
def test_a_wrong_command_line_is_exit_2(stage: Stage, arguments: list[str]) -> None:
    done = stage.script("scripts/deploy.sh", *arguments)
    assert done.returncode == 2, done.stderr
    assert stage.cluster.changes == []
