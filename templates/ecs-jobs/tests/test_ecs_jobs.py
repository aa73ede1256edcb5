"""Jobs on ECS: Terraform's own tests, task definitions, alerts, and what the schedules say."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from generator import facts, schedules
from generator.answers import Answers
from generator.answers.cron import gaps
from generator.errors import AnswersError
from generator.plan import plan
from generator.render import render
from tests.support import generated
from tests.support.terraform import stubs
from tests.tools import run

CASE = Path(__file__).parent / "cases/jobs.yml"
MAIN = "infrastructure/terraform"


@pytest.mark.tool("terraform")
@pytest.mark.slow
def test_terraform_says_that_it_holds(tmp_path: Path) -> None:
    folder = generated.write(generated.rendering(CASE).tree, tmp_path / "root")
    with stubs.serving(folder, tmp_path / "stubs") as env:
        for line in (
            ("terraform", "fmt", "-check", "-diff", "-recursive"),
            ("terraform", "init", "-backend=false", "-input=false", "-no-color"),
            ("terraform", "validate", "-no-color"),
            ("terraform", "test", "-no-color", "-filter=tests/ecs-jobs.tftest.hcl"),
        ):
            done = run.run(line, folder / MAIN, env)
            assert done.returncode == 0, done.stdout
    assert re.search(r"Success! [1-9][0-9]* passed, 0 failed", done.stdout), done.stdout


ANSWERS = generated.answers(CASE)
JOBS = facts.jobs(ANSWERS)


def definition(job: str) -> dict[str, Any]:
    return dict(json.loads(generated.rendering(CASE).tree[f"infrastructure/ecs/{job}.json"].text))


@pytest.mark.parametrize("job", JOBS, ids=lambda j: j.name)
def test_a_run_ends_when_its_time_is_over(job: facts.Service) -> None:
    own, limit = definition(job.name)["containerDefinitions"]
    assert (own["name"], limit["name"]) == (job.name, f"{job.name}-limit")
    # When one essential container ends, ECS ends the others.
    assert own["essential"] is limit["essential"] is True
    assert limit["command"][0].startswith(f"sleep {facts.job_limit(job)}; ")
    assert limit["command"][0].endswith("; exit 124")
    assert not {"secrets", "environment", "mountPoints"} & set(limit), "it needs nothing of the job"
    assert not {"portMappings", "healthCheck"} & set(own), "nobody reaches a job"
    assert "PORT" not in [one["name"] for one in own["environment"]]


def test_the_limit_ends_with_143_when_it_is_stopped_and_with_124_when_the_time_is_over() -> None:
    """By these the rules tell endings apart; /bin/sh stands for that of busybox, and nothing for the init process."""
    words = definition("tick")["containerDefinitions"][1]
    line = [*words["entryPoint"], words["command"][0].replace("sleep 600", "sleep 0")]
    assert subprocess.run(line, check=False, capture_output=True, timeout=10).returncode == 124
    running = subprocess.Popen([*words["entryPoint"], words["command"][0]], start_new_session=True)
    os.killpg(running.pid, signal.SIGTERM)
    # Killed by SIGTERM: the init process tells that as 128 + 15.
    assert running.wait(timeout=10) == -signal.SIGTERM


def matches(pattern: Any, event: Any) -> bool:
    """Whether an event matches, as EventBridge says it: each field, of some element of an array."""
    for name, wanted in pattern.items():
        if name == "$or":
            if not any(matches(one, event) for one in wanted):
                return False
            continue
        found = event.get(name) if not isinstance(event, list) else [one.get(name) for one in event]
        if isinstance(wanted, dict):
            if found is None or not matches(wanted, found):
                return False
        elif not any(fits(rule, one) for rule in wanted for one in (found if isinstance(found, list) else [found])):
            return False
    return True


def fits(rule: Any, value: Any) -> bool:
    if isinstance(rule, dict):
        return value is not None and value not in rule["anything-but"]
    return bool(rule == value)


def patterns() -> dict[str, Any]:
    """The parts of the patterns that tell how a run ended, read out of Terraform."""
    text = generated.rendering(CASE).tree[f"{MAIN}/ecs-jobs-events.tf"].text
    inside = text[text.index("run_endings = {") + len("run_endings =") : text.index("  job_rules =")]
    plain = re.sub(r"(?m)^(\s*)([\w-]+) =", r'\1"\2" =', inside)
    plain = re.sub(r"([{,] )(\w+) =", r'\1"\2" =', plain).replace(" =", ":")
    plain = re.sub(r"(?m)([\]}])$(?=\n\s*\")", r"\1,", plain)
    return dict(json.loads(re.sub(r",(\s*[\]}])", r"\1", plain)))


@pytest.mark.parametrize(
    ("code", "exits", "endings"),
    [
        ("EssentialContainerExited", (0, 143), "succeeded"),
        ("EssentialContainerExited", (0, None), "succeeded"),
        ("EssentialContainerExited", (1, 143), "failed"),
        ("EssentialContainerExited", (137, 143), "failed"),
        ("EssentialContainerExited", (143, 124), "failed timed-out"),
        ("EssentialContainerExited", (137, 124), "failed timed-out"),
        # One that ends well when it is told to stop: no pattern can leave it out of the successes, so the alert must.
        ("EssentialContainerExited", (0, 124), "failed timed-out succeeded"),
        ("TaskFailedToStart", (None, None), "failed"),
        ("UserInitiated", (143, 143), ""),
        ("UserInitiated", (137, 143), ""),
        ("UserInitiated", (0, 143), ""),
        ("UserInitiated", (0, 124), ""),
        ("TerminationNotice", (143, 143), ""),
        ("TerminationNotice", (0, 143), ""),
    ],
)
def test_the_rules_tell_how_a_run_ended(code: str, exits: tuple[int | None, ...], endings: str) -> None:
    detail = {"stopCode": code, "containers": [{"exitCode": one} for one in exits]}
    assert tuple(patterns()) == schedules.ENDINGS
    assert [name for name, pattern in patterns().items() if matches(pattern, detail)] == endings.split()


def relabelled(**labels: str) -> dict[str, str] | None:
    """The labels of a series of CloudWatch after Prometheus has relabelled it; None where it is dropped."""
    config = yaml.safe_load(generated.rendering(CASE).tree["monitoring/prometheus/prometheus.yml"].content)
    (job,) = (j for j in config["scrape_configs"] if j["job_name"] == "cloudwatch")
    found = dict(labels)
    for rule in job["metric_relabel_configs"]:
        if rule.get("action") == "labeldrop":
            found = {k: v for k, v in found.items() if not re.fullmatch(rule["regex"], k)}
            continue
        match = re.fullmatch(rule["regex"], ";".join(found.get(name, "") for name in rule["source_labels"]))
        if match and rule.get("action") == "drop":
            return None
        if match:
            found[rule["target_label"]] = match.expand(rule.get("replacement", "$1").replace("$", "\\"))
    return found


def test_series_of_runs_carry_their_job_and_how_they_ended() -> None:
    for job in JOBS:
        for ending in schedules.ENDINGS:
            name = schedules.rule(ANSWERS, "dev", job, ending)
            assert relabelled(dimension_RuleName=name) == {"service": job.name, "event": f"job-{ending}"}
    assert relabelled(dimension_RuleName="shop-prod-tasks-failed") == {"event": "tasks-failed"}
    assert relabelled(dimension_QueueName="shop-prod-jobs") == {"event": "jobs-not-started"}
    assert relabelled(dimension_QueueName="shop-prod-orders") == {}


def test_only_runs_of_jobs_that_can_be_told_in_time_are_kept_by_family() -> None:
    told = {job.name for job in JOBS if schedules.long_run(job)}
    assert told == {"on", "cleanup"}
    for job in JOBS:
        for environment in ANSWERS.environments:
            family = f"{facts.stack(ANSWERS, environment)}-{job.name}"
            kept = relabelled(dimension_ClusterName="shop-dev", dimension_TaskDefinitionFamily=family)
            assert kept == ({"service": job.name} if job.name in told else None)
    # Services and migrations have families, too.
    for family in ("shop-prod-web", "shop-prod-on-migrate", "shop-prod-monitoring"):
        assert relabelled(dimension_ClusterName="shop-prod", dimension_TaskDefinitionFamily=family) is None
    assert relabelled(dimension_ClusterName="shop-prod", dimension_ServiceName="web") == {"service": "web"}


@pytest.mark.parametrize(
    ("line", "minutes"),
    [
        ("0 * * * *", 48),
        ("30 4 * * *", 192),
        ("*/10 * * * *", 0),
        ("*/5 * * * *", 0),
        ("0,49 * * * *", 0),
        ("0,50 */2 * * *", 40),
    ],
)
def test_a_run_is_long_at_four_fifths_of_its_time_where_that_leaves_ten_minutes(line: str, minutes: int) -> None:
    job = msgspec.structs.replace(JOBS[0], schedule=line)
    assert schedules.long_run(job) == minutes
    # One has ended before the next begins: else two short runs would pass for one that lasts.
    assert not minutes or facts.job_limit(job) <= gaps(line)[0]


def test_cloudwatch_is_asked_for_a_success_over_the_time_that_the_schedule_allows() -> None:
    config = yaml.safe_load(generated.rendering(CASE).tree["monitoring/ecs/cloudwatch.yml"].content)
    asked = {one["name"]: one for one in config["static"]}
    for job in JOBS:
        for ending in schedules.ENDINGS:
            one = asked[f"{job.name}-{ending}"]
            assert one["dimensions"] == [
                {"name": "RuleName", "value": f'${{lookup(rules, "{job.name}-{ending}", "none")}}'}
            ]
            by_statistic = {m["statistics"][0]: (m["length"], m["period"]) for m in one["metrics"]}
            assert by_statistic.pop("Sum") == (420, 300)
            # A leap day is rarer than CloudWatch remembers.
            told = ending == "succeeded" and job.name != "on"
            assert set(by_statistic) == ({"SampleCount", "Maximum"} if told else set())
            for length, period in by_statistic.values():
                assert length % period == 0
                assert length >= facts.job_silence(job) + 300
                assert length / period <= 1440, "CloudWatch gives no more at once"
                # What CloudWatch keeps of values that old.
                assert period >= (60 if length <= 15 * 86400 else 300 if length <= 63 * 86400 else 3600)
    overdue = generated.rendering(CASE).tree["docs/runbooks/alerts.md"].text
    assert "CloudWatch forgets after 15 months, so it never fires for on." in overdue


def with_setting(value: str) -> Answers:
    """The case with a setting of the job `tick`; web listens on 8080."""
    services = [msgspec.structs.replace(s, env={"ADDRESS": value}) if s.name == "tick" else s for s in ANSWERS.services]
    return msgspec.structs.replace(ANSWERS, services=tuple(services))


@pytest.mark.parametrize(
    "value",
    [
        "http://web:8080",
        "http://web",
        "http://WEB/path",
        "https://user:word@web/",
        "web:8080",
        "web:8080/path",
        "cache.example.org:6379,web:8080",
        "grpc://web:8080 grpc://mailer:8080",
    ],
)
def test_a_job_is_not_given_the_name_of_a_service_that_it_cannot_reach(value: str) -> None:
    with pytest.raises(AnswersError) as refused:
        plan(with_setting(value))
    assert {one.key for one in refused.value.problems} == {"services[5].env.ADDRESS"}
    assert {one.given for one in refused.value.problems} == {value}


@pytest.mark.parametrize(
    "value",
    [
        "web",
        "web/path",
        "web:blue",
        "web:80800",
        "https://web.example.org",
        "https://example.org/web:8080",
        "http://tick:8080",
        "webs:8080",
        "https://example.org?to=web",
    ],
)
def test_words_and_other_addresses_are_a_job_s_own_matter(value: str) -> None:
    plan(with_setting(value))


def test_services_may_name_each_other() -> None:
    services = [
        msgspec.structs.replace(s, env={"ADDRESS": "http://web:8080"}) if s.name == "mailer" else s
        for s in ANSWERS.services
    ]
    plan(msgspec.structs.replace(ANSWERS, services=tuple(services)))


def test_without_jobs_the_component_makes_only_its_functions() -> None:
    made = render(plan(generated.answers(generated.TEMPLATES / "ecs/tests/cases/example.yml"), ("ecs-jobs",)))
    assert list(made.tree) == ["scripts/lib/jobs.sh"]


def test_times_of_jobs_are_told_in_words() -> None:
    sizes = generated.rendering(CASE).tree["docs/runbooks/scaling.md"].text
    assert "| Runs of on, in UTC | `0 3 29 2 *`; late by 10 min, lasts 4 h |" in sizes
