"""The monitoring on ECS: Terraform's own tests, what Prometheus is told, and what the scripts do."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import facts, shifts
from generator.parts import Alert, CiPermission, DatabaseSession, Diagnosis, FiringAlerts, Runbook, TodoItem
from tests.support import aws_front, generated, scraped
from tests.support.terraform import stubs
from tests.tools import run

HERE = Path(__file__).parent
CASES = [HERE / "cases" / f"{name}.yml" for name in ("ecs", "ecs-minimal", "ecs-mysql")]
WHOLE = CASES[0]
JOBS = generated.TEMPLATES / "ecs-jobs/tests/cases/jobs.yml"
BY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda p: p.stem)
MAIN = "infrastructure/terraform"


def prometheus(case: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(generated.made_by(case, "prometheus")["monitoring/prometheus/prometheus.yml"].content))


def job(case: Path, name: str) -> dict[str, Any]:
    (found,) = (j for j in prometheus(case)["scrape_configs"] if j["job_name"] == name)
    return dict(found)


def text(case: Path, path: str) -> str:
    return generated.rendering(case).tree[path].text


def rules(case: Path) -> Iterator[dict[str, Any]]:
    for path, file in generated.made_by(case, "prometheus").items():
        if "/rules/" in path:
            for group in yaml.load(file.content, yaml.CSafeLoader)["groups"]:
                yield from group["rules"]


@BY_CASE
@pytest.mark.slow  # tests/tools runs this file too, with the example of ECS, in every run
@pytest.mark.tool("terraform")
def test_terraform_says_that_it_holds(case: Path, tmp_path: Path) -> None:
    folder = generated.write(generated.rendering(case).tree, tmp_path / "root")
    with stubs.serving(folder, tmp_path / "stubs") as env:
        for line in (
            ("terraform", "fmt", "-check", "-diff", "-recursive"),
            ("terraform", "init", "-backend=false", "-input=false", "-no-color"),
            ("terraform", "validate", "-no-color"),
            ("terraform", "test", "-no-color", "-filter=tests/ecs-monitoring.tftest.hcl"),
        ):
            done = run.run(line, folder / MAIN, env)
            assert done.returncode == 0, done.stdout
    assert re.search(r"Success! [1-9][0-9]* passed, 0 failed", done.stdout), done.stdout


def address(case: Path, **labels: str) -> dict[str, str] | None:
    """The labels of a target after Prometheus has relabelled it; None where it is dropped."""
    return scraped.relabelled(job(case, "services"), labels)


def task(service: str, **more: str) -> dict[str, str]:
    return {
        "__meta_ecs_service": service,
        "__meta_ecs_ip_address": "10.0.32.7",
        "__meta_ecs_last_status": "RUNNING",
        "__meta_ecs_task_arn": "arn:aws:ecs:us-east-1:1:task/shop-prod/0123456789abcdef",
        "__meta_ecs_tag_task_version": "v1.2.3",
        **more,
    }


def test_a_task_is_scraped_where_its_service_listens() -> None:
    common = {"version": "v1.2.3", "instance": "0123456789abcdef"}
    wanted = {
        "web": {"__address__": "10.0.32.7:3000", "__metrics_path__": "/metrics"},
        "api": {"__address__": "10.0.32.7:8080", "__metrics_path__": "/stats"},
        "worker": {"__address__": "10.0.32.7:8080", "__metrics_path__": "/metrics"},
    }
    for name, where in wanted.items():
        assert address(WHOLE, **task(name)) == {**where, "service": name, **common}


@pytest.mark.parametrize(
    "other", [task("monitoring"), task("web", __meta_ecs_last_status="PENDING")], ids=["other", "pending"]
)
def test_what_is_no_running_task_of_a_service_is_not_scraped(other: dict[str, str]) -> None:
    assert address(WHOLE, **other) is None


@BY_CASE
def test_discovery_asks_for_this_cluster_alone(case: Path) -> None:
    answers = generated.answers(case)
    for one in prometheus(case)["scrape_configs"]:
        for found in one.get("aws_sd_configs", []):
            assert found["role"] == "ecs"
            assert found["region"] == answers.cloud.region
            assert found["clusters"] == ["arn:undeployed"]
    assert bool(facts.scraped(answers)) == any("aws_sd_configs" in j for j in prometheus(case)["scrape_configs"])


@BY_CASE
@pytest.mark.tool("promtool")
def test_promtool_takes_the_configuration(case: Path, tmp_path: Path) -> None:
    """Without discovery by roles of AWS, which Debian's promtool does not know."""
    config = prometheus(case)
    for one in config["scrape_configs"]:
        one.pop("aws_sd_configs", None)
    for path, file in generated.made_by(case, "prometheus").items():
        if "/rules/" in path:
            (tmp_path / "rules").mkdir(exist_ok=True)
            (tmp_path / "rules" / Path(path).name).write_bytes(file.content)
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    done = run.run(("promtool", "check", "config", "prometheus.yml"), tmp_path)
    assert done.returncode == 0, done.stdout


@BY_CASE
def test_what_is_replaced_by_terraform_stands_in_the_files(case: Path) -> None:
    replaced = text(case, f"{MAIN}/ecs-monitoring-config.tf")
    given = text(case, "monitoring/prometheus/prometheus.yml")
    for mark in re.findall(r'"((?:https://|arn:|\^)undeployed[^"]*)"', replaced):
        assert mark in given + text(case, "monitoring/ecs/cloudwatch.yml") or not facts.scraped(generated.answers(case))
    assert set(re.findall(r"\S*undeployed\S*", given)) <= {
        "https://undeployed.invalid/api/v1/remote_write",
        "arn:undeployed",
    }


@BY_CASE
def test_each_exporter_is_scraped_where_it_listens(case: Path) -> None:
    listens = set(re.findall(r"listen-address=127\.0\.0\.1:(\d+)", text(case, f"{MAIN}/ecs-monitoring-task.tf")))
    scraped = {
        port for j in prometheus(case)["scrape_configs"] for port in re.findall(r"localhost:(\d+)", json.dumps(j))
    }
    assert scraped == listens


def metric(namespace: str, name: str, statistic: str) -> str:
    """What the exporter calls a metric of CloudWatch (its BuildMetricName)."""

    def snake(words: str) -> str:
        return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", words.replace("/", "_")).lower()

    prefix = snake(namespace.lower())
    prefix = prefix if prefix.startswith("aws") else f"aws_{prefix}"
    rest = snake(name)
    for part in prefix.split("_"):
        rest = rest.removeprefix(part)
    return f"{prefix}_{rest.strip('_')}_{snake(statistic)}"


def test_the_exporter_s_names() -> None:
    assert metric("AWS/ECS", "CPUUtilization", "Average") == "aws_ecs_cpuutilization_average"
    assert metric("ECS/ContainerInsights", "RunningTaskCount", "Average") == (
        "aws_ecs_containerinsights_running_task_count_average"
    )
    assert metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum") == (
        "aws_applicationelb_httpcode_target_5_xx_count_sum"
    )


@pytest.mark.parametrize("case", [*CASES, JOBS], ids=lambda p: p.stem)
def test_what_alerts_read_of_cloudwatch_is_asked_for_and_the_other_way_round(case: Path) -> None:
    """A metric that nobody asks for never fires; one that nobody reads costs."""
    config = yaml.safe_load(text(case, "monitoring/ecs/cloudwatch.yml"))
    jobs = [(j["type"], j) for j in config["discovery"]["jobs"]] + [(j["namespace"], j) for j in config["static"]]
    asked = {metric(kind, m["name"], s) for kind, j in jobs for m in j["metrics"] for s in m["statistics"]}
    read = {name for rule in rules(case) for name in re.findall(r"\baws_[a-z0-9_]+", rule["expr"])}
    assert read == asked


@BY_CASE
def test_counts_that_are_put_in_relation_are_of_the_same_minute(case: Path) -> None:
    jobs = yaml.safe_load(text(case, "monitoring/ecs/cloudwatch.yml"))["discovery"]["jobs"]
    for one in jobs:
        counted = [m["name"] for m in one["metrics"] if m["statistics"] == ["Sum"]]
        assert {m["name"] for m in one["metrics"] if m.get("nilToZero")} == set(counted)
        if counted:
            assert one["length"] == one["period"]
            assert one["delay"] > 0
        else:
            assert one["length"] > one["period"]


@BY_CASE
def test_a_target_group_is_its_service(case: Path) -> None:
    answers = generated.answers(case)
    relabel = job(case, "cloudwatch")["metric_relabel_configs"]
    for service in facts.public(answers):
        for environment in answers.environments:
            group = f"targetgroup/{facts.short(32, facts.stack(answers, environment), service.name)}/0123"
            found = [r["replacement"] for r in relabel if "replacement" in r and re.fullmatch(r["regex"], group)]
            assert found == [service.name]
            # Of two groups neither may pass for the other: their series would be one.
            other = facts.short(32, facts.stack(answers, environment), service.name, shifts.ALTERNATE)
            told = [r for r in relabel if "replacement" in r and re.fullmatch(r["regex"], f"targetgroup/{other}/0123")]
            assert [(r["target_label"], r["replacement"]) for r in told] == (
                [("service", service.name), ("side", shifts.ALTERNATE)] if shifts.shifting(answers) else []
            )


@BY_CASE
def test_rules_of_events_end_as_the_scrape_job_expects(case: Path) -> None:
    """The label `event` of the alerts comes from the end of a rule's name."""
    (rule,) = (r for r in job(case, "cloudwatch")["metric_relabel_configs"] if r.get("target_label") == "event")
    terraform = text(case, f"{MAIN}/ecs-monitoring-events.tf")
    made = re.findall(r"^      ([a-z]+-[a-z]+) +=", terraform, re.M)
    assert len(made) == (5 if facts.database_exporter(generated.answers(case)) else 4)
    named = re.findall(r"for event in (\[.*?\]) :", terraform)
    assert set(json.loads(named[0])) == set(made)
    asked = yaml.safe_load(text(case, "monitoring/ecs/cloudwatch.yml"))["static"]
    events = [
        one for one in asked if not re.search("-(failed|timed-out|succeeded)$", one["name"]) or one["name"] in made
    ]
    assert {one["name"] for one in events} == set(made)
    for one in events:
        assert one["dimensions"] == [{"name": "RuleName", "value": f'${{lookup(rules, "{one["name"]}", "none")}}'}]
        assert [(m["statistics"], m["period"], m["length"]) for m in one["metrics"]] == [(["Sum"], 300, 420)]
        assert not any("delay" in m for m in one["metrics"]), "the exporter ignores it here"
    stack = facts.stack(generated.answers(case), generated.answers(case).production)
    assert [re.fullmatch(rule["regex"], f"{stack}-{name}")[1] for name in made] == made  # type: ignore[index]
    read = {name for r in rules(case) for name in re.findall(r'event="([a-z-]+)"', r["expr"])}
    assert read == set(made)


@BY_CASE
def test_nothing_names_another_platform(case: Path) -> None:
    for path, file in generated.made_by(case, "prometheus", "prometheus-ecs").items():
        assert not re.search(r"kube|\bpods?\b|\beks\b|NetworkPolic", file.text, re.I), path
    for alert in generated.planned(case).parts.of(Alert):
        told = json.dumps([alert.meaning, alert.diagnose, alert.act, alert.summary, alert.description])
        assert not re.search(r"kube|\bpods?\b|\bnodes?\b|make infra-platform", told, re.I), alert.name


@BY_CASE
def test_every_alert_tells_how_it_is_looked_into_here(case: Path) -> None:
    parts = generated.planned(case).parts
    added = {one.alert: one for one in parts.of(Diagnosis)}
    for alert in parts.of(Alert):
        lines = [*alert.diagnose, *added[alert.name].diagnose] if alert.name in added else alert.diagnose
        assert alert.session or any(line.startswith(("aws ", "scripts/")) for line in lines), alert.name


def test_only_alerts_that_there_are_get_a_diagnosis() -> None:
    known, added = set(), set()
    for case in CASES:
        parts = generated.planned(case).parts
        known |= {alert.name for alert in parts.of(Alert)}
        added |= {one.alert for one in parts.of(Diagnosis)}
    assert added <= known


@BY_CASE
def test_the_runbooks_ask_by_scripts_that_there_are(case: Path) -> None:
    parts = generated.planned(case).parts
    commands = [one.command for one in (*parts.of(FiringAlerts), *parts.of(DatabaseSession))]
    assert len(commands) == (2 if facts.database_exporter(generated.answers(case)) else 1)
    for command in commands:
        assert command.split()[0] in generated.rendering(case).tree
    sessions = [p for p in parts.of(Runbook) if p.title == "Open a session on the database"]
    assert bool(sessions) == facts.database_exporter(generated.answers(case))


@BY_CASE
def test_ci_may_apply_it_and_judge_by_it(case: Path) -> None:
    permissions = {(p.role, action) for p in generated.planned(case).parts.of(CiPermission) for action in p.actions}
    assert {
        ("apply", "aps:CreateWorkspace"),
        ("apply", "s3:PutObject"),
        ("apply", "logs:PutResourcePolicy"),
        ("deploy", "aps:QueryMetrics"),
        ("plan", "s3:GetObject"),
    } <= permissions
    assert not [action for _, action in permissions if action.startswith("aps:") and action.endswith("*")]


SECRET = {
    "slack-webhook-url": "https://hooks.example/a/b",
    "smtp-password": 'a "quoted" \\ password',
    "heartbeat-url": "",
}
AWS = """#!/bin/sh
case "$*" in
  *alertmanager*) cat "$SECRETS/alertmanager" 2>/dev/null || { echo "An error occurred ($REASON)" >&2; exit 254; } ;;
  *database*) cat "$SECRETS/database" 2>/dev/null || { echo "An error occurred ($REASON)" >&2; exit 254; } ;;
esac
"""
VOLUMES = (
    *("prometheus-config", "prometheus-data", "alertmanager-config", "alertmanager-data"),
    *("exporters", "silences", "database"),
)


class Configured:
    """What the first container leaves for the others."""

    def __init__(self, tmp_path: Path) -> None:
        self.tmp = tmp_path
        self.volumes = tmp_path / "volumes"
        for name in VOLUMES:
            (self.volumes / name).mkdir(parents=True)
        (tmp_path / "secrets").mkdir()
        (tmp_path / "bin").mkdir()
        self.front = aws_front.install(tmp_path / "bin", AWS)

    def secret(self, name: str, value: dict[str, str]) -> None:
        (self.tmp / "secrets" / name).write_text(json.dumps(value, indent=2))

    def run(self, reason: str = "ResourceNotFoundException", **more: str) -> subprocess.CompletedProcess[str]:
        tree = generated.rendering(WHOLE).tree
        root = generated.write(
            type(tree)((path, file) for path, file in tree.items() if path.startswith("monitoring/")), self.tmp / "copy"
        )
        environment = {
            **os.environ,
            "PATH": f"{self.tmp / 'bin'}:{os.environ['PATH']}",
            "SECRETS": str(self.tmp / "secrets"),
            "REASON": reason,
            "ALERTMANAGER_SECRET": "arn:alertmanager",
            "ALERTMANAGER_KEYS": "slack-webhook-url pagerduty-routing-key smtp-password heartbeat-url",
            "DATABASE_SECRET": "arn:database",
            "OWNER": f"{os.getuid()}:{os.getgid()}",
            **more,
        }
        line = ["bash", str(root / "monitoring/ecs/configure.sh"), str(root / "monitoring"), str(self.volumes)]
        return subprocess.run(line, env=environment, capture_output=True, text=True, check=False, timeout=60)

    def read(self, path: str) -> str:
        return (self.volumes / path).read_text()


@pytest.fixture
def configured(tmp_path: Path) -> Iterator[Configured]:
    made = Configured(tmp_path)
    yield made
    assert made.front.invalid() == []


def test_the_files_come_to_lie_where_the_containers_read_them(configured: Configured) -> None:
    configured.secret("alertmanager", SECRET)
    configured.secret("database", {"username": "monitoring", "password": "abc123"})
    done = configured.run()
    assert done.returncode == 0, done.stderr
    assert configured.read("prometheus-config/prometheus.yml") == text(WHOLE, "monitoring/prometheus/prometheus.yml")
    assert configured.read("prometheus-config/rules/ecs.yml") == text(WHOLE, "monitoring/prometheus/rules/ecs.yml")
    assert configured.read("alertmanager-config/alertmanager.yml")
    assert configured.read("exporters/cloudwatch.yml")
    assert configured.read("exporters/blackbox.yml")
    assert configured.read("silences/silences.sh") == text(WHOLE, "monitoring/ecs/silences.sh")
    assert configured.read("alertmanager-config/secrets/slack-webhook-url") == SECRET["slack-webhook-url"]
    assert configured.read("alertmanager-config/secrets/smtp-password") == SECRET["smtp-password"]
    assert not (configured.volumes / "alertmanager-config/secrets/heartbeat-url").exists()
    assert configured.read("database/username") == "monitoring"
    assert configured.read("database/my.cnf") == "[client]\nuser=monitoring\npassword=abc123\n"
    for path in (p for p in configured.volumes.rglob("*") if p.is_file()):
        assert not path.stat().st_mode & 0o007, f"{path} is open to everyone"


def test_secrets_that_nobody_has_written_keep_nothing_from_starting(configured: Configured) -> None:
    done = configured.run()
    assert done.returncode == 0, done.stderr
    assert "no value yet: slack-webhook-url" in done.stderr
    assert list((configured.volumes / "alertmanager-config/secrets").iterdir()) == []
    assert configured.read("database/username") == ""
    assert configured.read("database/my.cnf") == "[client]\nuser=nobody\npassword=\n"


def test_a_secret_that_cannot_be_read_ends_the_task(configured: Configured) -> None:
    done = configured.run(reason="AccessDeniedException")
    assert done.returncode != 0
    assert "AccessDeniedException" in done.stderr


CLOUD = r"""#!/usr/bin/env bash
printf '%s\n' "$*" >>"$DOUBLE/calls"
[[ "$1" != --no-cli-pager ]] || shift
case "$1 $2" in
  "sts get-caller-identity") echo 111111111111 ;;
  "configure export-credentials") echo '{"AccessKeyId": "AKID", "SecretAccessKey": "secret-key", "SessionToken": "token"}' ;;
  "ecs describe-services") cat "$DOUBLE/network" ;;
  "ecs run-task")
    while (($# > 1)); do
      [[ "$1" != --overrides ]] || cp "${2#file://}" "$DOUBLE/overrides"
      shift
    done
    echo arn:aws:ecs:us-east-1:111111111111:task/shop-prod/abc
    ;;
  "ecs describe-tasks") cat "$DOUBLE/task" ;;
  "logs get-log-events") cat "$DOUBLE/log" ;;
esac
"""
CURL = r"""#!/usr/bin/env bash
printf '%s\n' "$*" >"$DOUBLE/curl"
cat >"$DOUBLE/config"
cat "$DOUBLE/answer"
"""


class Double:
    """Stand-ins for `aws` and `curl`."""

    def __init__(self, tmp_path: Path) -> None:
        self.root = generated.write(generated.rendering(WHOLE).tree, tmp_path / "root")
        self.folder = tmp_path / "double"
        (self.folder / "bin").mkdir(parents=True)
        self.front = aws_front.install(self.folder / "bin", CLOUD)
        (self.folder / "bin/curl").write_text(CURL)
        (self.folder / "bin/curl").chmod(0o755)
        self.put("network", {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}})
        self.put("task", {"tasks": [{"lastStatus": "STOPPED", "containers": [{"name": "session", "exitCode": 0}]}]})
        self.put("log", {"events": [{"message": " now"}, {"message": " today"}]})

    def put(self, name: str, value: Any) -> None:
        (self.folder / name).write_text(json.dumps(value))

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def run(self, *line: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "DOUBLE": str(self.folder),
            "AWS_ACCOUNT_ID": "111111111111",
            "AWS_REGION": "us-east-1",
            "CLUSTER_NAME": "shop-prod",
            "PROMETHEUS_WORKSPACE": "ws-1",
            "SESSION_POLL_SECONDS": "0",
        }
        return subprocess.run(
            ["bash", *line], cwd=self.root, env=environment, capture_output=True, text=True, check=False, timeout=60
        )


@pytest.fixture
def double(tmp_path: Path) -> Iterator[Double]:
    made = Double(tmp_path)
    yield made
    assert made.front.invalid() == []


FIRING = {
    "__name__": "ALERTS",
    "alertname": "ServiceDown",
    "alertstate": "firing",
    "service": "api",
    "environment": "prod",
}


def test_metrics_tells_what_fires_in_prometheus_own_form(double: Double) -> None:
    double.put("answer", {"status": "success", "data": {"result": [{"metric": FIRING, "value": [0, "1"]}]}})
    done = double.run("scripts/metrics.sh", "--environment", "prod", "--alerts")
    assert done.returncode == 0, done.stderr
    (alert,) = json.loads(done.stdout)["data"]["alerts"]
    assert alert["labels"] == {"alertname": "ServiceDown", "service": "api", "environment": "prod"}
    assert 'query=ALERTS{alertstate="firing"}' in double.read("curl")
    assert "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1/api/v1/query" in double.read("curl")


def test_metrics_keeps_the_credentials_off_command_lines(double: Double) -> None:
    double.put("answer", {"data": {"result": []}})
    done = double.run("scripts/metrics.sh", "--environment", "prod", "up == 0")
    assert done.returncode == 0, done.stderr
    assert "secret-key" not in double.read("curl") + double.read("calls")
    assert double.read("config").splitlines() == ['user = "AKID:secret-key"', 'header = "x-amz-security-token: token"']


@pytest.mark.parametrize(
    "line",
    [
        ("--environment", "prod"),
        ("up",),
        ("--environment", "prod", "--alerts", "up"),
        ("--environment", "prod", "a", "b"),
    ],
    ids=" ".join,
)
def test_metrics_refuses_what_it_cannot_mean(line: tuple[str, ...], double: Double) -> None:
    assert double.run("scripts/metrics.sh", *line).returncode == 2


def session(double: Double, *more: str) -> subprocess.CompletedProcess[str]:
    return double.run("scripts/database-session.sh", "--environment", "prod", *more)


def test_a_session_prints_what_the_client_printed(double: Double) -> None:
    done = session(double, "--", "psql", "-c", "select 1 where name = 'a b'")
    assert done.returncode == 0, done.stderr
    assert done.stdout == " now\n today\n"
    (override,) = json.loads(double.read("overrides"))["containerOverrides"]
    assert override == {"name": "session", "command": ["psql", "-c", "select 1 where name = 'a b'"]}
    calls = double.read("calls")
    assert "--task-definition shop-prod-database-session" in calls
    assert "--log-stream-name session/session/abc" in calls


def test_a_session_fails_as_its_command_does(double: Double) -> None:
    task = {
        "lastStatus": "STOPPED",
        "stoppedReason": "Essential container exited",
        "containers": [{"name": "session", "exitCode": 2}],
    }
    double.put("task", {"tasks": [task]})
    done = session(double, "--", "psql", "-c", "nonsense")
    assert done.returncode == 1
    assert "ended with 2" in done.stderr


def test_a_session_that_goes_on_is_said_so(double: Double) -> None:
    double.put("task", {"tasks": [{"lastStatus": "RUNNING", "containers": []}]})
    done = session(double, "--timeout", "1", "--", "psql")
    assert done.returncode == 5
    assert "stop-task" in done.stderr


def test_a_session_needs_a_cluster_with_a_monitoring(double: Double) -> None:
    double.put("network", None)
    done = session(double, "--", "psql")
    assert done.returncode == 1
    assert "no service monitoring" in done.stderr


def test_people_on_call_are_given_the_rights_that_their_scripts_need() -> None:
    """ReadOnlyAccess has no right to decrypt, and the records of releases and of runs lie encrypted."""
    (todo,) = (t for t in generated.planned(WHOLE).parts.of(TodoItem) if t.id == "METRICS_READERS")
    # ECS authorizes a revision of the task definition, never its family.
    assert "ecs:RunTask on task-definition/shop-*-database-session:* " in todo.how
    for right in ("aps:QueryMetrics", "kms:Decrypt", "kms:GenerateDataKey", "s3:PutObject", "s3:DeleteObject"):
        assert right in todo.how, right
    region = generated.answers(WHOLE).cloud.region
    assert f"kms:ViaService s3.{region}.amazonaws.com or sqs.{region}.amazonaws.com" in todo.how
    page = text(WHOLE, "docs/runbooks/incident-response.md")
    assert "ReadOnlyAccess is enough to look, but not at what the" in page.replace("\n", " ")
