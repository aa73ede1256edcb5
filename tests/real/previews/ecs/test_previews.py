"""The stories of a preview on ECS, with the real scripts against a double that botocore's models hold to AWS."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from generator import facts
from generator.component import load_yaml
from tests.real.conftest import ACCOUNT, digest, images, until
from tests.real.previews.ecs.conftest import COMPONENTS, HOSTS, Stage, staged
from tests.support import generated
from tests.support.aws_cli import AwsError, Call
from tests.support.ecs_double import Cloud, Faults
from tests.support.ecs_previews import PreviewCloud
from tests.support.stage import kill

WEB, API, WORKER = images(2).values()
TTL = 7 * 86400
MADE = (
    "s3:PutObject",
    "servicediscovery:CreateHttpNamespace",
    "secretsmanager:CreateSecret",
    "ecs:RegisterTaskDefinition",
    "ecs:CreateService",
    "ecs:RunTask",
    "elbv2:CreateTargetGroup",
    "elbv2:CreateRule",
    "ecs:UpdateService",
)
"""Each thing that `up` makes, in its order."""


def serves(version: int) -> dict[str, set[str]]:
    return {name: {f"v{version}"} for name in images(version)}


def names(stage: Stage) -> list[str]:
    return [call.name for call in stage.cloud.calls]


def allowed() -> set[str]:
    """What the role of previews may do in AWS, but for the registry."""
    rows = load_yaml(str(generated.TEMPLATES / "ecs-previews/context.py"), "access.yml")["CiPermission"]
    return {action for row in rows for action in row["actions"]}


def called(stage: Stage) -> set[str]:
    """The actions that the calls need; everybody may ask who he is."""
    calls = {call.name.replace("elbv2:", "elasticloadbalancing:") for call in stage.cloud.calls}
    return {one.replace("ListObjectsV2", "ListBucket") for one in calls} - {"sts:GetCallerIdentity"}


def database_task(stage: Stage, number: int = 12) -> list[str]:
    group = f"service:pr-{number}-database"
    return [a for a, t in stage.cloud.tasks.items() if t["group"] == group and t["desiredStatus"] == "RUNNING"]


@pytest.mark.slow
def test_where_releases_move_requests_a_preview_replaces_its_tasks_all_the_same(tmp_path: Path) -> None:
    case = generated.TEMPLATES / "ecs-blue-green/tests/cases/services.yml"
    tree = generated.made_by(case, *(name for name in COMPONENTS if name != "ecs-rolling"), "ecs-shifting")
    cloud = PreviewCloud(ACCOUNT, ACCOUNT, "shop-dev", "dev")
    for name in images(1):
        cloud.add_service(name, public=name == "web")
    for name in ("api", "worker"):
        cloud.add_secret(f"shop/preview/{name}")
    with staged(tree, tmp_path, cloud) as stage:
        for version in (1, 2):
            done = stage.up(12, version)
            assert done.returncode == 0, done.stderr
            assert stage.serving(12) == serves(version)
        # What only a release needs is not asked for.
        assert not any("ServiceDeployment" in name for name in names(stage))


@pytest.mark.slow
def test_a_preview_is_opened_updated_and_closed(stage: Stage) -> None:
    before = stage.environments_own()
    done = stage.up(12, 1)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"URL {name} https://{host.format(12)}" for name, host in HOSTS.items()]
    assert stage.serving(12) == serves(1)
    assert {stage.cloud.host_service(host.format(12)) for host in HOSTS.values()} == {"pr-12-web", "pr-12-api"}
    record = stage.record(12)
    assert (record["version"], record["state"]) == ("v1", "serving")
    assert abs(record["expires"] - time.time() - TTL) < 300
    # Whoever starts knows all the others by name, though they were made one after another.
    assert [stage.cloud.knows(f"pr-12-{name}") for name in ("web", "api", "worker")] == [{"web", "api", "database"}] * 3
    # The database was migrated and filled before any service started, by its address.
    assert (stage.steps(12, "migrate"), stage.steps(12, "seed")) == (["pr-12-migrate/api/1"], ["pr-12-seed/api/1"])
    order = names(stage)
    assert max(i for i, n in enumerate(order) if n == "ecs:RunTask") < order.index("elbv2:CreateRule")
    # Nobody reads the password: it stands in no log, on no command line and in no revision.
    password = stage.cloud.passwords["shop/preview/pr-12"]["password"]
    assert len(password) >= 20
    assert password not in done.stdout + done.stderr + repr(stage.cloud.revisions)
    # Its own roles, log and images, and nothing of the environment.
    for revision in (r for r in stage.cloud.revisions.values() if "preview" in r["family"]):
        assert revision["executionRoleArn"].endswith(":role/shop-dev-preview-execution")
        assert revision["taskRoleArn"].endswith(":role/shop-dev-preview-task")
        options = revision["containerDefinitions"][0]["logConfiguration"]["options"]
        assert options["awslogs-group"] == "/ecs/shop-dev/preview"
        assert "shop/dev/" not in repr(revision)
    assert stage.environments_own() == before

    database = database_task(stage)
    done = stage.up(12, 2)
    assert done.returncode == 0, done.stderr
    assert stage.serving(12) == serves(2)
    # The same database: it is migrated for the new version and not filled again.
    assert (len(stage.steps(12, "migrate")), len(stage.steps(12, "seed"))) == (2, 1)
    assert database_task(stage) == database

    done = stage.preview("down", "--number", "12")
    assert done.returncode == 0, done.stderr
    assert stage.cloud.left(12) == {}
    assert stage.environments_own() == before
    # The role of previews may do what all of this called, and little else.
    assert called(stage) <= allowed()
    assert allowed() - called(stage) == {
        "elasticloadbalancing:ModifyTargetGroup", "ecs:StopTask", "logs:GetLogEvents", "servicediscovery:TagResource",
        "secretsmanager:TagResource", "elasticloadbalancing:AddTags", "ecs:TagResource", "iam:PassRole",
    }  # fmt: skip
    # Once more is fine.
    done = stage.preview("down", "--number", "12")
    assert (done.returncode, "there is no preview 12" in done.stderr) == (0, True)


@pytest.mark.parametrize(
    ("faults", "says"),
    [
        pytest.param(
            Faults(never_start={API}), "CannotPullContainerError", id="image cannot be pulled", marks=pytest.mark.slow
        ),
        pytest.param(
            Faults(unhealthy={WEB}), "failed container health checks", id="never healthy", marks=pytest.mark.slow
        ),
        pytest.param(Faults(crashing={WORKER}), "pr-12-worker: ", id="ends again and again", marks=pytest.mark.slow),
        pytest.param(
            Faults(refusing={WEB}), "https://pr-12-web.preview.shop.acme.dev/healthz answers 500", id="answers errors",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            Faults(bad_migrations={API}), "migration api failed: exit 1: last words of pr-12-api", id="migration fails",
            marks=pytest.mark.slow,
        ),
    ],
)  # fmt: skip
def test_one_that_does_not_become_healthy_is_left_for_looking_at(stage: Stage, faults: Faults, says: str) -> None:
    stage.opened(12)
    stage.cloud.faults = faults
    done = stage.up(12, 2)
    assert done.returncode == 1, done.stderr
    assert says in done.stderr
    assert "It is left for looking at, and removed 7 days from now" in done.stderr
    # It has an end, and nothing is locked.
    assert (stage.record(12)["version"], stage.record(12)["state"]) == ("v2", "not-serving")
    assert stage.cloud.text("previews/locks/12.json")["holder"] == ""
    # Mended, it is updated; the database was never lost.
    stage.cloud.faults = Faults()
    done = stage.up(12, 3)
    assert done.returncode == 0, done.stderr
    assert stage.serving(12) == serves(3)
    assert len(stage.steps(12, "seed")) == 1


@pytest.mark.slow
def test_two_for_the_same_number_and_one_more_than_there_may_be(stage: Stage) -> None:
    stage.opened(12)
    stage.cloud.put("previews/locks/12.json", f'{{"holder": "another", "renewed": {int(time.time())}, "seconds": 600}}')
    for done in (stage.up(12, 2), stage.preview("down", "--number", "12")):
        assert (done.returncode, "another run for this preview is running: another" in done.stderr) == (1, True)
    assert stage.serving(12) == serves(1)
    # The limit counts those on record; one that is there may be updated.
    done = stage.up(13, 1, PREVIEW_LIMIT="1")
    assert done.returncode == 1
    assert "there are 1 previews, and 1 is the limit" in done.stderr
    assert "12  v1  until" in done.stderr
    assert stage.cloud.left(13) == {}


@pytest.mark.slow
def test_the_reaper_takes_what_expired_and_what_nobody_has_open(stage: Stage, tmp_path: Path) -> None:
    stage.opened(12)
    now = int(time.time())
    # What a pull request's own code may have written: neither a command nor an end.
    stage.cloud.put("previews/16.json", json.dumps({"expires": f"CLEANUPS[$(touch {tmp_path}/written)]"}))
    for number, expires in ((13, now - 1), (14, now + TTL - 7200), (15, now + 3600)):
        stage.cloud.put(f"previews/{number}.json", f'{{"number": {number}, "version": "v1", "expires": {expires}}}')
    done = stage.preview("reap", "--open", "12 15 16", "--dry-run")
    assert done.returncode == 1
    assert "not removed: 16 (open, and its end cannot be read" in done.stderr
    assert not (tmp_path / "written").exists()
    assert "would remove record previews/13.json" in done.stdout
    assert stage.record(13) is not None
    done = stage.preview("reap", "--open", "12 15")
    assert done.returncode == 0, done.stderr
    assert "preview 13: it has expired" in done.stderr
    assert "preview 14: no open pull request with the label has this number" in done.stderr
    assert done.stdout == "GONE 13\nGONE 14\nGONE 16\n"
    assert [n for n in range(12, 17) if stage.record(n)] == [12, 15]
    assert stage.serving(12) == serves(1)


@pytest.mark.slow
def test_services_without_a_record_are_seen_and_taken(stage: Stage) -> None:
    stage.opened(12)
    del stage.cloud.objects["previews/12.json"]
    assert "12  unknown  until unknown  not-serving" in stage.preview("list").stdout
    assert stage.preview("reap", "--open", "12").returncode == 1
    assert stage.serving(12) == serves(1)
    done = stage.preview("reap", "--open", "")
    assert done.returncode == 0, done.stderr
    assert stage.cloud.left(12) == {}


@pytest.mark.slow
@pytest.mark.parametrize("operation", MADE)
def test_killed_half_way_it_is_run_again(stage: Stage, operation: str) -> None:
    with stage.running(*stage.arguments(12, 1), LOCK_SECONDS="1") as process:
        until(lambda: operation in names(stage) or process.poll() is not None)
        kill(process)
    time.sleep(1.1)
    done = stage.up(12, 1, LOCK_SECONDS="1")
    assert done.returncode == 0, done.stderr
    assert stage.serving(12) == serves(1)
    assert len(stage.steps(12, "migrate")) == 1
    assert {stage.cloud.host_service(host.format(12)) for host in HOSTS.values()} == {"pr-12-web", "pr-12-api"}


@pytest.mark.slow
@pytest.mark.parametrize("operation", MADE)
def test_killed_half_way_it_is_removed(stage: Stage, operation: str) -> None:
    with stage.running(*stage.arguments(12, 1), LOCK_SECONDS="1") as process:
        until(lambda: operation in names(stage) or process.poll() is not None)
        kill(process)
    time.sleep(1.1)
    assert stage.cloud.left(12) == {} or "12" in stage.preview("list").stdout
    done = stage.preview("down", "--number", "12")
    assert done.returncode == 0, done.stderr
    assert stage.cloud.left(12) == {}


@pytest.mark.slow
def test_a_database_that_was_lost_is_migrated_and_filled_again(stage: Stage) -> None:
    stage.opened(12)
    stage.cloud.lose_task("pr-12-database")
    done = stage.up(12, 1)
    assert done.returncode == 0, done.stderr
    assert (len(stage.steps(12, "migrate")), len(stage.steps(12, "seed"))) == (2, 2)
    # And now it is known again.
    assert stage.up(12, 1).returncode == 0
    assert len(stage.steps(12, "seed")) == 2


@pytest.mark.slow
def test_a_database_that_was_not_filled_to_the_end_is_thrown_away(stage: Stage) -> None:
    stage.cloud.bad_seeds = True
    done = stage.up(12, 1)
    assert (done.returncode, "seed api failed: exit 1" in done.stderr) == (1, True)
    half = database_task(stage)
    stage.cloud.bad_seeds = False
    done = stage.up(12, 2)
    assert done.returncode == 0, done.stderr
    assert "the database was not filled to the end: it begins anew" in done.stderr
    assert database_task(stage) != half
    assert stage.serving(12) == serves(2)
    # It stays, from now on.
    filled = database_task(stage)
    assert stage.up(12, 3).returncode == 0
    assert database_task(stage) == filled


@pytest.mark.slow
def test_two_previews_beside_each_other(stage: Stage) -> None:
    stage.opened(12)
    done = stage.up(13, 2)
    assert done.returncode == 0, done.stderr
    assert (stage.serving(12), stage.serving(13)) == (serves(1), serves(2))
    # An update does not start the database anew, though the newest revision of its family is that of the other.
    database = database_task(stage)
    assert stage.up(12, 3).returncode == 0
    assert database_task(stage) == database
    # What another stack of the account has under the same number stays.
    foreign = next(arn for arn, group in stage.cloud.groups.items() if group["TargetGroupName"].startswith("pr-13-"))
    stage.cloud.groups["foreign"] = stage.cloud.groups[foreign] | {
        "TargetGroupName": "pr-12-other",
        "TargetGroupArn": "foreign",
    }
    stage.cloud.created_tags["foreign"] = {"preview": "12", "stack": "other-dev"}
    assert stage.preview("down", "--number", "12").returncode == 0
    assert "foreign" in stage.cloud.groups
    del stage.cloud.groups["foreign"], stage.cloud.created_tags["foreign"]
    assert (stage.cloud.left(12), stage.serving(13)) == ({}, serves(2))


@pytest.mark.slow
def test_what_cannot_be_removed_is_named(stage: Stage) -> None:
    stage.opened(12)
    stage.cloud.sticky = {"elbv2:DeleteRule"}
    done = stage.preview("down", "--number", "12", PREVIEW_REMOVE_SECONDS="2")
    assert done.returncode == 1
    assert "preview 12 is not gone after 2 s, this is left: rule arn:aws:elasticloadbalancing" in done.stderr
    assert stage.record(12) is not None
    stage.cloud.sticky = set()
    assert stage.preview("down", "--number", "12").returncode == 0
    assert stage.cloud.left(12) == {}


@pytest.mark.slow
def test_a_priority_that_another_took_is_no_matter(stage: Stage) -> None:
    taken = []

    def take(cloud: Cloud, call: Call) -> None:
        if call.name == "elbv2:CreateRule" and not taken:
            taken.append(1)
            raise AwsError("PriorityInUse", "The specified priority is in use")

    stage.cloud.watchers.append(take)
    done = stage.up(12, 1)
    assert done.returncode == 0, done.stderr
    assert "was taken meanwhile" in done.stderr


def test_refused_before_anything_is_made(stage: Stage) -> None:
    before = stage.cloud.saved()
    stage.cloud.secrets["shop/preview/api"]["VersionIdsToStages"] = {}
    done = stage.up(12, 1)
    assert (done.returncode, "secret shop/preview/api has no value" in done.stderr) == (1, True)
    stage.cloud.restore(before)
    stage.cloud.caller = "999999999999"
    assert (stage.up(12, 1).returncode, stage.cloud.saved()) == (1, before)
    stage.cloud.caller = stage.cloud.account
    done = stage.up(12, 1, CLUSTER_NAME="shop-prod")
    assert (done.returncode, stage.cloud.saved()) == (2, before)
    stage.cloud.environment = "prod"
    done = stage.up(12, 1)
    assert (done.returncode, "wrong cluster: it says that it is prod" in done.stderr) == (1, True)
    assert stage.cloud.saved() == before
    # Only shown.
    stage.cloud.environment = "dev"
    done = stage.up(12, 1, "--dry-run")
    assert (done.returncode, digest(100) in done.stdout) == (0, True)
    assert stage.cloud.saved() == before


@pytest.mark.slow
def test_one_that_is_just_going_is_waited_for(stage: Stage) -> None:
    stage.opened(12)
    for name in ("database", "web"):
        stage.cloud.services[f"pr-12-{name}"] |= {"status": "DRAINING", "desiredCount": 0, "_drains": 4}
    stage.cloud.lose_task("pr-12-database")
    done = stage.up(12, 2)
    assert done.returncode == 0, done.stderr
    assert stage.serving(12) == serves(2)
    assert len(stage.steps(12, "seed")) == 2


@pytest.mark.slow
def test_without_the_infrastructure_of_previews(stage: Stage) -> None:
    stage.cloud.prepared = False
    done = stage.up(12, 1)
    assert (done.returncode, "apply the infrastructure of dev" in done.stderr) == (1, True)


@pytest.mark.slow
def test_tasks_of_the_environment_are_never_stopped(stage: Stage) -> None:
    stage.opened(12)
    with stage.running(*stage.arguments(12, 2)) as process:
        stage.cloud.faults = Faults(endless_migrations={API})
        until(lambda: any(t["startedBy"] == "pr-12-migrate/api/2" for t in list(stage.cloud.tasks.values())))
        kill(process)
    stage.cloud.put("previews/locks/12.json", "{}")
    done = stage.preview("down", "--number", "12")
    assert done.returncode == 0, done.stderr
    assert [c.params["task"] for c in stage.cloud.calls if c.name == "ecs:StopTask"] == [
        arn for arn, t in stage.cloud.tasks.items() if t["startedBy"] == "pr-12-migrate/api/2"
    ]
    assert stage.cloud.left(12) == {}


@pytest.mark.slow
def test_one_service_with_long_names_and_no_database(tmp_path: Path) -> None:
    case = generated.TEMPLATES / "ecs-previews/tests/cases/no-database.yml"
    project, service = "a-project-with-a-81145d", "a-service-with-a-very-long-nam"
    cloud = PreviewCloud(ACCOUNT, ACCOUNT, f"{project}-first-environment", "first-environment")
    cloud.balancer, cloud.bucket_prefix = facts.short(32, cloud.stack), facts.short(39, cloud.stack)
    cloud.add_secret(f"{project}/preview/{service}")
    with staged(generated.made_by(case, *COMPONENTS), tmp_path, cloud) as stage:
        named = f"{service}={digest(1)} worker={digest(2)}"
        done = stage.preview("up", "--number", "123456789", "--version", "v1", "--images", named)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"URL {service} https://pr-123456789.preview.long.acme.dev\n"
        assert cloud.host_service("pr-123456789.preview.long.acme.dev") == f"pr-123456789-{service}"
        assert cloud.preview_services(123456789) == {f"pr-123456789-{service}", "pr-123456789-worker"}
        assert cloud.passwords == {}
        done = stage.preview("down", "--number", "123456789")
        assert done.returncode == 0, done.stderr
        assert cloud.left(123456789) == {}
    assert stage.server.invalid == []


@pytest.mark.slow
def test_a_job_does_not_run_but_its_migration_does(tmp_path: Path) -> None:
    cloud = PreviewCloud(ACCOUNT, ACCOUNT, "shop-dev", "dev")
    case = generated.TEMPLATES / "ecs-previews/tests/cases/jobs.yml"
    with staged(generated.made_by(case, *COMPONENTS), tmp_path, cloud) as stage:
        named = f"web={digest(1)} nightly={digest(2)}"
        done = stage.preview("up", "--number", "12", "--version", "v1", "--images", named)
        assert done.returncode == 0, done.stderr
        assert cloud.preview_services(12) == {"pr-12-web", "pr-12-database"}
        assert stage.steps(12, "migrate") == ["pr-12-migrate/nightly/1"]
        # Whoever opens previews may not look at the schedules of the environment.
        assert not any(call.service == "scheduler" for call in cloud.calls)
