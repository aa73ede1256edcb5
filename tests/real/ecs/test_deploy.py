"""The stories of a release on ECS, with the real scripts against a double that botocore's models hold to AWS."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.real.conftest import NAMESPACE, SERVICES, digest, images, until
from tests.real.ecs.conftest import CASE, DATABASE, Stage, role
from tests.real.ecs.killing import MIGRATING, REPLACING, WATCHED, Point, just_killed
from tests.support.aws_cli import Call
from tests.support.ecs_double import Cloud, Faults

WEB, API, WORKER = images(2).values()
COPY = """aws() { [[ "$*" == "s3 cp s3://shop-prod-"*/ledger.json\\ - ]] && printf '%s' "$LEDGER"; }\n"""
"""A command that no API has: it prints what the bucket holds."""
ALL = {name: {("v1", one)} for name, one in images(1).items()}
BEFORE = {"ecs:RegisterTaskDefinition", "ecs:RunTask"}
"""What a release does before it hands over revisions."""


def serving(stage: Stage) -> dict[str, set[tuple[str, str]]]:
    return {name: stage.cloud.serving(name) for name in SERVICES}


def test_a_good_release_serves_and_is_recorded_and_marked(stage: Stage) -> None:
    done = stage.deploy("v1", 1, GITHUB_ACTOR="mona")
    assert done.returncode == 0, done.stderr
    kept = json.dumps(stage.cloud.text("ledger.json"))
    ((at, *words),) = stage.listed(CASE, COPY, LEDGER=kept)
    assert words[:3] == ["v1", "good", "mona"]
    assert words[3].startswith("web: error ratio 0.0,")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(at)) < timedelta(minutes=10)
    assert serving(stage) == ALL
    assert stage.verdicts == [("v1", "good")]
    assert stage.ledger[0]["images"] == images(1)
    assert stage.cloud.tags == {f"{NAMESPACE}/{name}": {f"dev-{one[7:19]}": one} for name, one in images(1).items()}
    assert "web: error ratio 0.0, p95 0.05 s at 5.0 requests/s" in done.stderr
    assert "worker: ready, 0 restarts; it cannot be asked from here and counts no requests" in done.stderr
    assert stage.cloud.text("lock.json")["holder"] == ""
    # What only the environment knows was filled in.
    api = stage.cloud.revisions[stage.cloud.services["api"]["taskDefinition"]]
    container = api["containerDefinitions"][0]
    values = {
        one["name"]: one.get("value", one.get("valueFrom")) for one in container["environment"] + container["secrets"]
    }
    assert (values["ENVIRONMENT"], values["DATABASE_HOST"]) == ("dev", "database.internal")
    secret, database = (stage.cloud.secrets[name]["ARN"] for name in ("shop/dev/api", DATABASE))
    assert values["STRIPE_API_KEY"] == f"{secret}:STRIPE_API_KEY::"
    assert values["DATABASE_PASSWORD"] == f"{database}:password::"
    assert api["executionRoleArn"] == "arn:aws:iam::111122223333:role/shop-dev-api-execution"
    # The fewest of the environment, and a migration of its own beforehand.
    assert {name: one["desiredCount"] for name, one in stage.cloud.services.items()} == dict.fromkeys(SERVICES, 1)
    assert stage.cloud.fewest == dict.fromkeys(SERVICES, 1)
    migrated = [t for t in stage.cloud.tasks.values() if t["group"] == "family:shop-dev-api-migrate"]
    assert [t["startedBy"] for t in migrated] == ["migrate/api/1"]
    program = stage.cloud.revisions[migrated[0]["taskDefinitionArn"]]["containerDefinitions"][0]
    assert program["entryPoint"] == ["uv", "run", "alembic", "upgrade", "head"]


@pytest.mark.slow
def test_the_same_release_again_changes_nothing(stage: Stage) -> None:
    stage.released("v1")
    tasks = set(stage.cloud.tasks)
    done = stage.deploy("v1", 1)
    assert done.returncode == 0, done.stderr
    assert "migration api of v1 is done already" in done.stderr
    assert set(stage.cloud.tasks) == tasks
    # But the record.
    assert stage.cloud.changes == ["s3:PutObject"]


def slow(faults: Faults, says: str, name: str, breaker: bool = False, grace: int = 60) -> object:
    return pytest.param(faults, says, breaker, grace, id=name, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("faults", "says", "breaker", "grace"),
    [
        slow(Faults(unhealthy={WEB}), "web: 3 tasks in a row did not start (task ", "never healthy"),
        slow(
            Faults(never_start={API}),
            "api: ECS put shop-dev-api:2 back: ECS deployment circuit breaker",
            "circuit breaker",
            True,
        ),
        pytest.param(
            Faults(refusing={WEB}), "web: version v2 does not answer on /healthz", False, 60, id="answers errors"
        ),
        slow(Faults(never_start={WORKER}), "CannotPullContainerError", "image cannot be pulled"),
        slow(
            Faults(alarming={API}),
            "ECS deployment alarm(s) triggered: shop-dev-api-errors",
            "alarm while it rolls out",
            True,
        ),
        slow(Faults(alarming={API}), "api: alarm shop-dev-api-errors fires", "alarm while it is watched"),
        slow(Faults(crashing={WORKER}), "worker: 3 tasks ended by themselves (task ", "ends again and again"),
        slow(Faults(crashing_late={WORKER}), "worker: its containers restarted", "ends while it is watched"),
        slow(Faults(errors={API: 0.3}), "api: error ratio 0.3 is above 0.05", "error ratio"),
        slow(Faults(latencies={API: 0.9}), "api: p95 0.9 s is above 500 ms", "slow answers"),
        slow(Faults(prometheus_down=True), "Prometheus does not answer", "Prometheus down", grace=0),
        slow(Faults(bad_migrations={API}), "migration api failed: exit 1: last words of api", "migration fails"),
    ],
)
def test_a_bad_release_is_rolled_back(stage: Stage, faults: Faults, says: str, breaker: bool, grace: int) -> None:
    stage.released("v1")
    stage.cloud.faults, stage.cloud.breaker = faults, breaker
    # What happens late must be seen to happen; with that it ends.
    seconds = "120" if faults.crashing_late else "1"
    done = stage.deploy("v2", 2, JUDGE_GRACE_SECONDS=str(grace), JUDGE_MAX_RESTARTS="1", JUDGE_SECONDS=seconds)
    assert done.returncode == 3, done.stderr
    assert says in done.stderr
    assert "rolled back: v1 serves again" in done.stderr
    assert serving(stage) == ALL
    assert stage.verdicts == [("v1", "good"), ("v2", "bad")]
    assert not any("v2" in tag or "dev-" + WEB[7:19] in tag for tags in stage.cloud.tags.values() for tag in tags)


@pytest.mark.slow
def test_a_failed_migration_replaces_no_task(stage: Stage) -> None:
    stage.released("v1")
    before = {t for t, one in stage.cloud.tasks.items() if one["group"].startswith("service:")}
    stage.cloud.faults = Faults(bad_migrations={API})
    assert stage.deploy("v2", 2).returncode == 3
    assert {t for t, one in stage.cloud.tasks.items() if one["group"].startswith("service:")} == before
    assert "ecs:UpdateService" not in stage.cloud.changes


@pytest.mark.slow
def test_an_endless_migration_stops_the_release_and_nothing_goes_back(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.faults = Faults(endless_migrations={API})
    done = stage.deploy("v2", 2, MIGRATE_SECONDS="1")
    assert done.returncode == 5, done.stderr
    assert "migration api did not end within 1 s (running)" in done.stderr
    assert "ecs:UpdateService" not in stage.cloud.changes
    assert stage.verdicts == [("v1", "good")]
    # Another release waits for it, and does not go on beside it.
    stage.cloud.calls.clear()
    done = stage.deploy("v3", 3, MIGRATE_SECONDS="1")
    assert done.returncode == 5, done.stderr
    assert "waiting for a migration that another release started" in done.stderr
    assert "ecs:RunTask" not in stage.cloud.changes
    # When it has ended, the release goes on.
    stage.cloud.faults = Faults()
    assert stage.deploy("v3", 3).returncode == 0
    assert stage.serving() == {"v3"}


@pytest.mark.slow
def test_a_slow_release_is_rolled_back_in_time(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.faults = Faults(slow={WEB: 10**9})
    done = stage.deploy("v2", 2, more=["--timeout", "3"])
    assert done.returncode == 3, done.stderr
    # How far it came is not for a test to say.
    assert re.search(r"bad: not rolled out: .*web: [01] of 1 tasks of the new revision run, \d in all", done.stderr), (
        done.stderr
    )
    assert stage.serving() == {"v1"}


@pytest.mark.slow
def test_how_long_ecs_watches_the_alarms_afterwards_is_not_held_against_a_good_release(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.bake = 10**9
    done = stage.deploy("v2", 2, ROLLOUT_SECONDS="20", UNDO_SECONDS="1")
    assert done.returncode == 0, done.stderr
    assert {one["deployments"][0]["rolloutState"] for one in stage.cloud.services.values()} == {"IN_PROGRESS"}
    assert stage.serving() == {"v2"}


@pytest.mark.slow
def test_going_back_does_not_wait_until_ecs_has_watched_the_alarms(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.bake, stage.cloud.faults = 10**9, Faults(refusing={WEB})
    done = stage.deploy("v2", 2, UNDO_SECONDS="20")
    assert done.returncode == 3, done.stderr
    assert "web: version v2 does not answer" in done.stderr
    assert serving(stage) == ALL


@pytest.mark.slow
def test_ecs_going_back_while_a_release_is_watched_makes_it_bad(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.bake, stage.cloud.faults = 10**9, Faults(alarming_briefly={images(1)["api"]})

    def calm(cloud: Cloud, call: Call) -> None:
        if any(one["rolloutState"] == "FAILED" for one in cloud.services["api"]["deployments"]):
            cloud.faults = Faults()

    stage.cloud.watchers.append(calm)
    # Of the same version with other settings: what ECS puts back must be told apart by its revision.
    stage.edit("infrastructure/ecs/api.json", '"LOG_LEVEL"', '"LOG_LEVEL_NEW"')
    done = stage.deploy("v1", 1, JUDGE_SECONDS="120")  # ends when it is seen
    assert done.returncode == 3, done.stderr
    assert "api: ECS put shop-dev-api:2 back: ECS deployment alarm(s) triggered: shop-dev-api-errors" in done.stderr
    assert serving(stage) == ALL
    # What serves again is v1: that it stands as good is not taken from it.
    assert stage.verdicts == [("v1", "good"), ("v1", "unchanged")]


@pytest.mark.slow
def test_where_nobody_asks_the_answers_to_our_own_requests_decide(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.faults = Faults(uncounted=True)
    done = stage.deploy("v2", 2, JUDGE_GRACE_SECONDS="1", JUDGE_SECONDS="2")
    assert done.returncode == 0, done.stderr
    assert "error ratio and p95 were not judged" in done.stderr
    assert stage.serving() == {"v2"}
    assert stage.verdicts == [("v1", "good"), ("v2", "good")]


def no_value(stage: Stage) -> None:
    stage.cloud.add_secret("shop/dev/api", value=False)


def no_secret(stage: Stage) -> None:
    del stage.cloud.secrets["shop/dev/worker"]


def freeze(stage: Stage) -> None:
    stage.cloud.put("freeze", "black friday,\nask the lead\n")


def wrong_account(stage: Stage) -> None:
    stage.cloud.caller = "999988887777"


def wrong_cluster(stage: Stage) -> None:
    stage.cloud.environment = "prod"


def no_cluster(stage: Stage) -> None:
    stage.cloud.cluster_status = "INACTIVE"


def cloud_down(stage: Stage) -> None:
    stage.cloud.down = True


def left_open(stage: Stage) -> None:
    stage.edit(
        "infrastructure/ecs/web.json",
        '"name": "PORT"',
        '"name": "QUEUE_URL",\n          "value": "undeployed"\n        },\n        {\n          "name": "PORT"',
    )


@pytest.mark.parametrize(
    ("arrange", "environment", "says"),
    [
        pytest.param(
            no_value, "dev", "secret shop/dev/api has no value, so no task could start", id="secret without a value"
        ),
        pytest.param(no_secret, "dev", "secret shop/dev/worker does not exist", id="no secret"),
        pytest.param(freeze, "dev", "releases to dev are frozen: black friday, ask the lead", id="frozen"),
        pytest.param(wrong_account, "dev", "wrong account: the credentials belong to 999988887777", id="account"),
        pytest.param(wrong_cluster, "dev", "wrong cluster: it says that it is prod, not dev", id="cluster"),
        pytest.param(no_cluster, "dev", "cluster shop-dev is INACTIVE", id="no cluster"),
        pytest.param(cloud_down, "dev", "AWS accepts no credentials", id="no cloud"),
        pytest.param(
            left_open, "dev", "nothing was given for these lines of the task definitions: web.json", id="left open"
        ),
    ],
)
def test_a_release_is_refused_before_anything_changes(
    stage: Stage, arrange: Callable[[Stage], None], environment: str, says: str
) -> None:
    arrange(stage)
    done = stage.deploy("v1", 1, environment)
    assert done.returncode == 1, done.stderr
    assert says in done.stderr
    assert stage.cloud.changes == []


def test_promotion_is_asked_of_the_registry(stage: Stage) -> None:
    stage.cloud.stack, stage.cloud.environment = "shop-staging", "staging"
    stage.cloud.rights = role(CASE, "staging").refused
    done = stage.deploy("v1", 1, "staging", CLUSTER_NAME="shop-staging")
    assert done.returncode == 1, done.stderr
    assert "was not released in dev: release it there first" in done.stderr
    assert stage.cloud.changes == []


def test_a_dry_run_prints_and_changes_nothing(stage: Stage) -> None:
    stage.released("v1")
    done = stage.deploy("v2", 2, more=["--dry-run"])
    assert done.returncode == 0, done.stderr
    registry = stage.environment["REGISTRY"]
    assert f'"image": "{registry}/shop/web@{WEB}"' in done.stdout
    assert f'-      "image": "{registry}/shop/web@{images(1)["web"]}"' in done.stdout
    assert f'+      "image": "{registry}/shop/web@{WEB}"' in done.stdout
    # Nothing but what the release changes.
    changed = [line for line in done.stdout.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert len(changed) == 4 * len(SERVICES), changed
    assert [
        c.name for c in stage.cloud.calls if c.name.partition(":")[2].startswith(("Put", "Update", "Register", "Run"))
    ] == []


@pytest.mark.slow
def test_a_bad_first_release_says_that_there_is_nothing_to_go_back_to(stage: Stage) -> None:
    stage.cloud.breaker = False
    stage.cloud.faults = Faults(unhealthy={images(1)["web"]})
    done = stage.deploy("v1", 1)
    assert done.returncode == 6, done.stderr
    assert "there is nothing to go back to" in done.stderr
    assert stage.verdicts == [("v1", "bad")]


@pytest.mark.slow
def test_two_at_once_are_refused(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.faults = Faults(endless_migrations={API})
    with stage.running(*stage.arguments("v2", 2)) as first:
        until(lambda: "ecs:RunTask" in stage.cloud.changes)
        second = stage.deploy("v3", 3)
        assert second.returncode == 1, second.stderr
        assert "another release is running: " in second.stderr
        stage.cloud.faults = Faults()
        assert first.wait(120) == 0
    assert stage.serving() == {"v2"}


@pytest.mark.parametrize(
    ("point", "done"),
    [
        pytest.param(MIGRATING, BEFORE, id="migrating", marks=pytest.mark.slow),
        pytest.param(REPLACING, BEFORE | {"ecs:UpdateService"}, id="replacing"),
        pytest.param(WATCHED, BEFORE | {"ecs:UpdateService"}, id="watched", marks=pytest.mark.slow),
    ],
)
def test_a_killed_release_keeps_others_out_until_its_lock_expires_and_can_be_run_again(
    stage: Stage, point: Point, done: set[str]
) -> None:
    stage.released("v1")
    just_killed(stage, point)
    early = stage.deploy("v2", 2)
    assert early.returncode == 1, early.stderr
    assert "another release is running" in early.stderr
    stage.hold_lock(stage.cloud.text("lock.json")["holder"], 1)
    stage.cloud.calls.clear()
    again = stage.deploy("v2", 2)
    assert again.returncode == 0, again.stderr
    assert "took over the lock" in again.stderr
    assert stage.serving() == {"v2"}
    assert stage.verdicts == [("v1", "good"), ("v2", "good")]
    # What was done already: revisions, the migration, services that had their revisions.
    assert not done & set(stage.cloud.changes)


@pytest.mark.slow
def test_a_release_that_lost_its_lock_stops_without_undoing(stage: Stage) -> None:
    stage.released("v1")

    def steal(cloud: Cloud, call: Call) -> None:
        if call.name == "ecs:UpdateService":
            cloud.put("lock.json", f'{{"holder": "somebody else", "renewed": {int(time.time())}, "seconds": 600}}')

    stage.cloud.watchers.append(steal)
    stage.cloud.breaker = False
    stage.cloud.faults = Faults(slow={WEB: 10**9})
    done = stage.deploy("v2", 2, LOCK_SECONDS="4")
    assert done.returncode == 5, done.stderr
    assert "the lock is lost" in done.stderr
    assert stage.cloud.text("lock.json")["holder"] == "somebody else"
    assert stage.verdicts == [("v1", "good")]


@pytest.mark.slow
def test_an_undo_that_fails_is_told_apart(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.breaker = False
    stage.cloud.faults = Faults(refusing={WEB})

    def break_old(cloud: Cloud, call: Call) -> None:
        if cloud.serving("web") == {("v2", WEB)}:
            cloud.faults.never_start.add(images(1)["web"])

    stage.cloud.watchers.append(break_old)
    done = stage.deploy("v2", 2)
    assert done.returncode == 4, done.stderr
    assert "ROLLBACK FAILED, a person is needed" in done.stderr
    assert "going back to v1 failed" in stage.ledger[-1]["why"]


@pytest.mark.slow
def test_an_alarm_that_fires_already_does_not_judge_the_release_that_mends(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.alarms["shop-dev-web-errors"] = "ALARM"
    done = stage.deploy("v2", 2)
    assert done.returncode == 0, done.stderr
    assert (
        "these alarms fire already and do not judge this release until they were quiet: shop-dev-web-errors"
        in done.stderr
    )


@pytest.mark.slow
def test_revisions_that_are_gone_are_made_anew_from_the_images(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.revisions[stage.cloud.services["api"]["taskDefinition"]]["status"] = "INACTIVE"
    stage.cloud.faults = Faults(never_start={WEB})
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert serving(stage) == ALL


@pytest.mark.slow
def test_a_record_without_images_is_not_gone_back_to_since_that_would_stop_everything(stage: Stage) -> None:
    stage.released("v1")
    ledger = stage.cloud.text("ledger.json")
    ledger["kept"] = {}
    ledger["records"][-1]["images"] = {}
    stage.cloud.put("ledger.json", json.dumps(ledger))
    stage.cloud.faults = Faults(never_start={WEB})
    done = stage.deploy("v2", 2, UNDO_SECONDS="2", HEALTHY_SECONDS="1")
    assert done.returncode == 4, done.stderr
    why = "the release before has no revision of any service"
    assert f"ROLLBACK FAILED, a person is needed: {why}. v2 was bad: not rolled out: web: " in done.stderr
    assert f"going back to v1 failed: {why}" in stage.ledger[-1]["why"]
    assert {name: one["desiredCount"] for name, one in stage.cloud.services.items()} == dict.fromkeys(SERVICES, 1)


@pytest.mark.slow
def test_a_service_that_only_the_bad_release_has_is_stopped_and_stays_so(stage: Stage) -> None:
    stage.released("v1")
    ledger = stage.cloud.text("ledger.json")
    for key, text in ledger["kept"].items():
        kept = json.loads(text)
        del kept["worker"]
        ledger["kept"][key] = json.dumps(kept)
    stage.cloud.put("ledger.json", json.dumps(ledger))
    stage.cloud.faults = Faults(refusing={WEB})
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert stage.cloud.services["worker"]["desiredCount"] == 0
    # A minimum would start it again.
    assert stage.cloud.fewest == {"web": 1, "api": 1, "worker": 0}


@pytest.mark.slow
def test_without_a_record_the_revisions_before_serve(stage: Stage) -> None:
    stage.released("v1")
    del stage.cloud.objects["ledger.json"]
    stage.cloud.faults = Faults(refusing={WEB})
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert "rolled back by the revisions that the services ran before" in done.stderr
    assert stage.serving() == {"v1"}


@pytest.mark.slow
def test_what_the_autoscaler_adds_while_a_release_is_watched_is_not_held_against_it(stage: Stage) -> None:
    def grow(cloud: Cloud, call: Call) -> None:
        if cloud.queries:
            cloud.services["web"]["desiredCount"] = 3
            cloud.faults.slow[images(1)["web"]] = 10**9

    stage.cloud.watchers.append(grow)
    done = stage.deploy("v1", 1, JUDGE_READY_STRIKES="1")
    assert done.returncode == 0, done.stderr
    assert stage.cloud.services["web"]["desiredCount"] == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["--environment", "nowhere", "--version", "v1", "--image", f"web={digest(1)}"],
        ["--environment", "dev", "--version", "v1", "--image", f"nothing={digest(1)}"],
        ["--environment", "dev", "--version", "v1", "--image", f"web={digest(1)}"],
        ["--environment", "prod", "--version", "v1", "--image", f"web={digest(1)}"],
    ],
)
def test_a_wrong_command_line_is_exit_2(stage: Stage, arguments: list[str]) -> None:
    done = stage.script("scripts/deploy.sh", *arguments)
    assert done.returncode == 2, done.stderr
    assert stage.cloud.changes == []
