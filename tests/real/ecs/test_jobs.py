"""Services that run on a schedule, in the stories of a release on ECS: the next run has the version, and goes back with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real.conftest import digest
from tests.real.ecs.conftest import COMPONENTS, Stage, staged
from tests.support import generated
from tests.support.aws_cli import Call
from tests.support.ecs_double import Cloud, Faults

CASE = generated.TEMPLATES / "ecs-jobs/tests/cases/jobs.yml"
SERVICES = ("web", "mailer")
JOBS = ("report", "on", "cleanup", "tick")
QUICK = {"JUDGE_SECONDS": "0", "JUDGE_MIN_ANSWERS": "0"}
_RELEASED: dict[str, Any] = {}
"""What v1 makes of an empty account: once per process."""


def images(number: int) -> dict[str, str]:
    return {name: digest(number * 100 + index) for index, name in enumerate((*SERVICES, *JOBS))}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(generated.made_by(CASE, *COMPONENTS), tmp_path, SERVICES, JOBS, CASE) as made:
        yield made


def release(stage: Stage, version: str, faults: Faults | None = None) -> tuple[int, str]:
    """Releases the images of the version's number. Runs come when the schedules are looked at: one look is enough."""
    stage.cloud.faults = faults or Faults()
    given = " ".join(f"{name}={one}" for name, one in images(int(version[1:])).items())
    line = ("scripts/deploy.sh", "--environment", "dev", "--version", version, "--images", given)
    done = stage.script(*line, **QUICK)
    return done.returncode, done.stderr


def released(stage: Stage) -> None:
    """As after a good release of v1."""
    if not _RELEASED:
        code, said = release(stage, "v1")
        assert code == 0, said
        _RELEASED.update(stage.cloud.saved())
    stage.cloud.restore(_RELEASED)
    stage.cloud.calls.clear()


def next_runs(stage: Stage) -> dict[str, tuple[str, str]]:
    return {name: stage.cloud.next_run(name) for name in JOBS}


def of(version: str) -> dict[str, tuple[str, str]]:
    return {name: (version, images(int(version[1:]))[name]) for name in JOBS}


def plain(schedule: dict[str, Any]) -> dict[str, Any]:
    """A schedule without what a release changes of it."""
    found = json.loads(json.dumps(schedule, default=str))
    del found["State"], found["Target"]["EcsParameters"]["TaskDefinitionArn"]
    return dict(found)


@pytest.mark.slow
def test_a_good_release_gives_jobs_their_image_and_starts_no_run(stage: Stage) -> None:
    before = {name: plain(one) for name, one in stage.cloud.schedules.items()}
    code, said = release(stage, "v1", Faults(runs={images(1)["tick"]: "Complete"}))
    assert code == 0, said
    assert next_runs(stage) == of("v1")
    # Terraform does not enable what has no image; and nothing else of a schedule is lost when it is replaced.
    assert {one["State"] for one in stage.cloud.schedules.values()} == {"ENABLED"}
    assert {name: plain(one) for name, one in stage.cloud.schedules.items()} == before
    assert stage.ledger[-1]["images"] == images(1)
    assert "tick: the next run has this version; 1 runs of it ended well so far" in said
    assert "report: the next run has this version; 0 runs of it ended well so far" in said
    started = [call.params["taskDefinition"] for call in stage.cloud.calls if call.name == "ecs:RunTask"]
    assert [arn.rpartition("/")[2] for arn in started] == ["shop-dev-report-migrate:1"], "only its migration"
    # Where the job itself runs, and the job alone: nothing ends it early.
    (migrated,) = (call.params for call in stage.cloud.calls if call.name == "ecs:RunTask")
    assert migrated["networkConfiguration"] == {
        "awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
    }
    containers = stage.cloud.revisions[migrated["taskDefinition"]]["containerDefinitions"]
    assert [one["name"] for one in containers] == ["report"]
    _RELEASED.update(stage.cloud.saved())


@pytest.mark.slow
def test_a_bad_release_gives_jobs_their_image_of_before_and_a_pause_outlives_it(stage: Stage) -> None:
    released(stage)
    stage.cloud.schedules["on"]["State"] = "DISABLED"
    code, said = release(stage, "v2", Faults(runs={images(2)["tick"]: "Failed"}))
    assert code == 3, said
    assert "rolled back: v1 serves again" in said
    assert "tick: its run 0" in said
    assert "failed: tick exit 1 last words of tick" in said.replace("\n", " ")
    assert next_runs(stage) == of("v1")
    assert {name: one["State"] for name, one in stage.cloud.schedules.items()} == dict.fromkeys(JOBS, "ENABLED") | {
        "on": "DISABLED"
    }


@pytest.mark.slow
def test_a_service_that_does_not_start_puts_the_schedules_back(stage: Stage) -> None:
    released(stage)
    code, said = release(stage, "v2", Faults(never_start={images(2)["web"]}))
    assert code == 3, said
    assert next_runs(stage) == of("v1")


@pytest.mark.slow
@pytest.mark.parametrize(("how", "exits"), [("TimedOut", 137), ("CutOff", 0)])
def test_a_run_that_used_up_its_time_makes_the_release_bad(stage: Stage, how: str, exits: int) -> None:
    released(stage)
    code, said = release(stage, "v2", Faults(runs={images(2)["report"]: how}))
    assert code == 3, said
    assert f"failed: report exit {exits}, report-limit exit 124" in said
    # It is of v2, and does not count against v1.
    assert release(stage, "v3", Faults(runs={images(3)["report"]: "Complete"}))[0] == 0
    assert next_runs(stage) == of("v3")


@pytest.mark.slow
def test_a_run_that_failed_before_the_release_does_not_count_again(stage: Stage) -> None:
    assert release(stage, "v1", Faults(runs={images(1)["tick"]: "Failed"}))[0] == 6, "a first release"
    code, said = release(stage, "v1")
    assert code == 0, said


@pytest.mark.slow
@pytest.mark.parametrize("why", ["UserInitiated", "TerminationNotice"])
@pytest.mark.parametrize("exits", [143, 0])
def test_a_run_that_was_stopped_has_neither_failed_nor_succeeded(stage: Stage, why: str, exits: int) -> None:
    released(stage)

    def stop(cloud: Cloud, call: Call) -> None:
        if call.name == "scheduler:UpdateSchedule" and call.params["Name"] == "cleanup":
            cloud.watchers.clear()
            cloud.schedules["cleanup"]["Target"] = call.params["Target"]
            run = cloud.run_of("cleanup", "Complete")
            run["stopCode"] = why
            run["containers"][0]["exitCode"] = exits

    stage.cloud.watchers.append(stop)
    code, said = release(stage, "v2", Faults(runs={"none": "Complete"}))
    assert code == 0, said
    assert "cleanup: the next run has this version; 0 runs of it ended well so far" in said


@pytest.mark.slow
def test_without_a_record_schedules_are_set_back_as_they_were_found(stage: Stage) -> None:
    released(stage)
    del stage.cloud.objects["ledger.json"]
    code, said = release(stage, "v2", Faults(never_start={images(2)["web"]}))
    assert code == 3, said
    assert next_runs(stage) == of("v1")
    assert {one["State"] for one in stage.cloud.schedules.values()} == {"ENABLED"}


@pytest.mark.slow
def test_a_job_that_only_the_bad_release_has_does_not_run_afterwards(stage: Stage) -> None:
    # As it was before there was the job.
    environment = (stage.root / "scripts/lib/release.env.sh").read_text()
    job = next(line for line in environment.splitlines(True) if line.startswith("cleanup "))
    stage.edit("scripts/lib/release.env.sh", job, "")
    stage.cloud.faults = Faults()
    given = " ".join(f"{name}={one}" for name, one in images(1).items() if name != "cleanup")
    line = ("scripts/deploy.sh", "--environment", "dev", "--version", "v1", "--images", given)
    assert stage.script(*line, **QUICK).returncode == 0
    (stage.root / "scripts/lib/release.env.sh").write_text(environment)
    code, said = release(stage, "v2", Faults(never_start={images(2)["web"]}))
    assert code == 3, said
    assert next_runs(stage) == of("v1") | {"cleanup": ("", "")}
    assert stage.cloud.schedules["cleanup"]["State"] == "DISABLED"
    # The next good release brings it.
    assert release(stage, "v3")[0] == 0
    assert stage.cloud.schedules["cleanup"]["State"] == "ENABLED"


@pytest.mark.slow
def test_a_schedule_that_terraform_has_not_made_yet_refuses_the_release(stage: Stage) -> None:
    released(stage)
    del stage.cloud.schedules["cleanup"]
    code, said = release(stage, "v2")
    assert code == 1, said
    assert "cleanup: there is no schedule: apply the infrastructure" in said
    assert stage.cloud.changes == []


def by_hand(stage: Stage, *words: str) -> tuple[int, str]:
    """Runs scripts/jobs.sh in dev, with rights of one's own: exit code and what was said."""
    stage.cloud.rights = None
    done = stage.script("scripts/jobs.sh", *words, "--environment", "dev")
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_people_run_stop_pause_and_resume_jobs(stage: Stage) -> None:
    released(stage)
    before = plain(stage.cloud.schedules["tick"])
    code, said = by_hand(stage, "run", "tick")
    assert code == 0, said
    (run,) = (call.params for call in stage.cloud.calls if call.name == "ecs:RunTask")
    assert run["taskDefinition"].endswith(":task-definition/shop-dev-tick:2"), "the revision that the schedule names"
    assert run["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == ["subnet-1"]
    assert (run["launchType"], run["propagateTags"], run["startedBy"]) == ("FARGATE", "TASK_DEFINITION", "by-hand")
    code, said = by_hand(stage, "run", "tick")
    assert code == 1
    assert "tick: a run is under way (" in said
    assert by_hand(stage, "pause", "tick", "--dry-run")[0] == 0
    assert stage.cloud.changes == ["ecs:RunTask"]
    assert by_hand(stage, "pause", "tick")[0] == 0
    assert stage.cloud.schedules["tick"]["State"] == "DISABLED"
    assert stage.cloud.next_run("tick") == of("v1")["tick"]
    assert plain(stage.cloud.schedules["tick"]) == before
    code, said = by_hand(stage, "list")
    assert re.search(r"tick: v1, cron\(0 3 \* \* \? \*\) UTC; in the last hour .*, paused; runs now: \w{32}\n", said), (
        said
    )
    assert "report: v1" in said
    assert "paused; runs now: none" not in said
    assert by_hand(stage, "stop", "tick")[0] == 0
    assert {t["desiredStatus"] for t in stage.cloud.tasks.values() if t["group"] == "family:shop-dev-tick"} == {
        "STOPPED"
    }
    assert by_hand(stage, "resume", "--all")[0] == 0
    assert {one["State"] for one in stage.cloud.schedules.values()} == {"ENABLED"}


@pytest.mark.slow
def test_what_people_ask_wrongly_is_refused(stage: Stage) -> None:
    for words, said, expected in (
        (("run", "tick"), "tick: nothing was released, so there is nothing to run", 1),
        (("resume", "tick"), "tick: nothing was released; the first release lets it run", 1),
        (("list",), "tick: nothing was released", 0),
        (("run",), "run takes one job: report on cleanup tick", 2),
        (("run", "--all"), "run takes one job", 2),
        (("pause",), "pause needs a job or --all", 2),
        (("pause", "web"), "no job web: report on cleanup tick", 2),
        (("pause", "tick", "--all"), "a job or --all, not both", 2),
        (("start", "tick"), "list, run, stop, pause or resume", 2),
    ):
        code, told = by_hand(stage, *words)
        assert (code, said in told) == (expected, True), told
    assert stage.cloud.changes == []
    stage.cloud.caller = "999999999999"
    assert by_hand(stage, "list")[0] == 1
    stage.cloud.caller = stage.cloud.account
    del stage.cloud.schedules["tick"]
    code, told = by_hand(stage, "pause", "tick")
    assert code == 1
    assert "tick: there is no schedule: apply the infrastructure" in told


@pytest.mark.slow
def test_rollback_by_hand_and_the_health_check_know_jobs(stage: Stage) -> None:
    released(stage)
    code, said = release(stage, "v2")
    assert code == 0, said
    stage.cloud.schedules["on"]["State"] = "DISABLED"
    code, said = stage.rollback()
    assert code == 0, said
    assert next_runs(stage) == of("v1")
    assert stage.cloud.schedules["on"]["State"] == "DISABLED"
    stage.cloud.run_of("report", "Complete")
    code, said = stage.health("--inside")
    assert code == 0, said
    assert "ok      report: v1, in the last hour 1 runs of it ended well, 0 failed\n" in said
    assert "ok      on: v1, in the last hour 0 runs of it ended well, 0 failed, paused\n" in said
    code, said = stage.health("--service", "tick", "--version", "v2")
    assert code == 1
    assert "failed  tick: its schedule has version v1, not v2" in said
    del stage.cloud.schedules["tick"]
    code, said = stage.health("--service", "tick")
    assert "failed  tick: nothing was released" in said


@pytest.mark.slow
def test_a_dry_run_says_what_would_change_of_a_job_and_changes_nothing(stage: Stage) -> None:
    released(stage)
    given = " ".join(f"{name}={one}" for name, one in images(2).items())
    done = stage.script("scripts/deploy.sh", "--environment", "dev", "--version", "v2", "--images", given, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "tick: what would run" in done.stdout
    assert stage.cloud.changes == []
