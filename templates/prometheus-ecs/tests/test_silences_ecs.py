"""Silences on ECS: from silence.sh by the bucket and the container of the task to Alertmanager."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support import generated
from tests.support.alertmanager import Alertmanager, serving

WHOLE = Path(__file__).parent / "cases" / "ecs.yml"
LOG_GROUP = "/ecs/shop-prod/monitoring"
AWS = r"""#!/usr/bin/env bash
printf '%s\n' "$*" >>"$DOUBLE/calls"
[[ "$1" != --no-cli-pager ]] || shift
command="$1 $2"
declare -A given=()
words=("$@")
for ((i = 2; i < ${#words[@]}; i++)); do
  [[ "${words[i]}" != --* ]] || given["${words[i]}"]="${words[i + 1]:-}"
done
object="$DOUBLE/${given[--bucket]:-none}/${given[--key]:-none}"
case "$command" in
  "sts get-caller-identity")
    case "${given[--query]}" in
      Account) echo 111111111111 ;;
      Arn) echo arn:aws:sts::111111111111:assumed-role/on-call/ann@acme.dev ;;
    esac
    ;;
  "s3api put-object") [[ "${given[--if-none-match]}" == '*' && ! -e "$object" ]] && cp "${given[--body]}" "$object" ;;
  "s3api head-object") [[ -e "$object" ]] ;;
  "s3api delete-object") rm -f "$object" ;;
  "s3 sync")
    [[ ! -e "$DOUBLE/s3-is-away" ]] || exit 1
    from="$DOUBLE/${words[-2]#s3://}" to="${words[-1]}"
    [[ " $* " != *" --delete "* ]] || rm -f "$to"/*
    cp "$from"/* "$to" 2>/dev/null || true
    ;;
  "logs filter-log-events")
    [[ "${given[--log-group-name]}" == /ecs/shop-prod/monitoring && "${given[--log-stream-name-prefix]}" == monitoring/silences/ ]] || exit 1
    grep -F "${given[--filter-pattern]//\"/}" "$DOUBLE/log" || true
    ;;
  *) exit 9 ;;
esac
"""


class Story:
    """The scripts of a repository, a bucket, and the container where there is a task."""

    def __init__(self, folder: Path, alertmanager: Alertmanager) -> None:
        self.root = generated.write(generated.rendering(WHOLE).tree, folder / "root")
        self.folder, self.alertmanager = folder, alertmanager
        self.bucket = folder / "bucket/silences"
        self.bucket.mkdir(parents=True)
        (folder / "log").touch()
        (folder / "bin").mkdir()
        (folder / "bin/aws").write_text(AWS)
        (folder / "bin/aws").chmod(0o755)
        self.patience = "20"
        self.task: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "DOUBLE": str(self.folder),
            "AWS_ACCOUNT_ID": "111111111111",
            "AWS_REGION": "us-east-1",
            "CLUSTER_NAME": "shop-prod",
            "MONITORING_BUCKET": "bucket",
            "SILENCE_POLL_SECONDS": "0.2",
            "SILENCE_SECONDS": self.patience,
        }

    def run(self, *line: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "scripts/silence.sh", *line]
        return subprocess.run(
            command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )

    def start(self, name: str = "first") -> None:
        """A new task: its storage is empty."""
        more = {
            "SILENCES": "s3://bucket/silences/",
            "ALERTMANAGER": f"http://127.0.0.1:{self.alertmanager.port}/api/v2",
            "SILENCES_FOLDER": str(self.folder / name),
            "SILENCES_SECONDS": "0.1",
        }
        line = ["bash", str(self.root / "monitoring/ecs/silences.sh")]
        with (self.folder / "log").open("ab") as log:
            self.task = subprocess.Popen(line, env=self.environment | more, stdout=log, stderr=log)

    def stop(self) -> None:
        if self.task:
            self.task.kill()
            self.task.wait(10)

    def put(self, name: str, comment: str, ends: timedelta, label: str = "service") -> None:
        """An object that somebody wrote without the script."""
        matchers = [{"name": label, "value": "api", "isRegex": False, "isEqual": True}] if label else []
        at = (datetime.now(UTC) + ends).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = {"matchers": matchers, "startsAt": at, "endsAt": at, "createdBy": "somebody", "comment": comment}
        (self.bucket / f"{name}.json").write_text(json.dumps(body, separators=(",", ":")))

    def log(self) -> str:
        return (self.folder / "log").read_text()


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with serving() as alertmanager:
        made = Story(tmp_path, alertmanager)
        try:
            yield made
        finally:
            made.stop()


def soon(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end and not holds():
        time.sleep(0.05)
    return holds()


def test_a_silence_reaches_alertmanager_names_its_author_and_ends(story: Story) -> None:
    story.start()
    done = story.run("prod", "service=api", "alertname!~Watch.*", "--comment", "a 'restore', \"really\"")
    assert done.returncode == 0, done.stderr
    (kept,) = story.alertmanager.silences.values()
    assert kept["createdBy"] == "assumed-role/on-call/ann@acme.dev"
    assert kept["comment"] == "a 'restore', \"really\""
    assert kept["matchers"] == [
        {"name": "service", "value": "api", "isRegex": False, "isEqual": True},
        {"name": "alertname", "value": "Watch.*", "isRegex": True, "isEqual": False},
    ]
    lasts = datetime.fromisoformat(kept["endsAt"]) - datetime.fromisoformat(kept["startsAt"])
    assert lasts == timedelta(hours=2)
    identity = done.stdout.strip()
    (listed,) = json.loads(story.run("prod", "--list").stdout)
    assert (listed["id"], listed["createdBy"]) == (identity, kept["createdBy"])
    done = story.run("prod", "--expire", identity)
    assert done.returncode == 0, done.stderr
    assert story.alertmanager.silences == {}
    assert json.loads(story.run("prod", "--list").stdout) == []


def test_a_new_task_and_an_alertmanager_that_forgot_are_told_anew(story: Story) -> None:
    story.put("a", "still there", timedelta(hours=1))
    story.start()
    assert soon(lambda: story.alertmanager.comments == ["still there"])
    story.alertmanager.silences.clear()
    assert soon(lambda: story.alertmanager.comments == ["still there"]), "it was killed"
    story.stop()
    story.alertmanager.silences.clear()
    story.start("second")
    assert soon(lambda: story.alertmanager.comments == ["still there"]), "the task is a new one"
    time.sleep(0.5)
    assert story.alertmanager.comments == ["still there"], "and told once"


def test_what_has_no_near_end_is_refused_and_holds_up_nothing(story: Story) -> None:
    story.put("a-long", "for ever", timedelta(days=300))
    story.put("b-old", "over", timedelta(hours=-1))
    (story.bucket / "c-odd.json").write_text("no JSON")
    story.put("d-all", "everything", timedelta(minutes=5), label="")
    story.put("e-good", "good", timedelta(minutes=5))
    story.start()
    assert soon(lambda: story.alertmanager.comments == ["good"])
    assert "silence a-long: refused" in story.log()
    assert "silence b-old: refused" in story.log()
    assert "silence c-odd: refused" in story.log()
    assert "silence d-all: refused" in story.log()


def test_while_the_bucket_does_not_answer_nothing_is_ended(story: Story) -> None:
    story.put("a", "holds", timedelta(hours=1))
    story.start()
    assert soon(lambda: story.alertmanager.comments == ["holds"])
    (story.folder / "s3-is-away").touch()
    (story.bucket / "a.json").unlink()
    time.sleep(1)
    assert story.alertmanager.comments == ["holds"]


def test_without_a_task_that_takes_it_the_person_is_told(story: Story) -> None:
    story.patience = "1"
    done = story.run("prod", "service=api", "--comment", "x")
    assert done.returncode == 5, done.stderr
    assert f"aws logs tail {LOG_GROUP}" in done.stderr
    assert len(list(story.bucket.iterdir())) == 1, "it is taken once there is one"


def test_a_dry_run_writes_nothing(story: Story) -> None:
    done = story.run("prod", "service=api", "--comment", "x", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["comment"] == "x"
    assert list(story.bucket.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        (),
        ("prod",),
        ("prod", "service=api"),
        ("prod", "--comment", "x"),
        ("prod", "api", "--comment", "x"),
        ("prod", "service=", "--comment", "x"),
        ("prod", 'service="api"', "--comment", "x"),
        ("prod", "service=api", "--comment", "x", "--for", "25h"),
        ("prod", "service=api", "--comment", "x", "--for", "0m"),
        ("prod", "service=api", "--comment", "x", "--for", "1d"),
        ("prod", "service=api", "--comment", "x", "--for"),
        ("prod", "service=api", "--list"),
        ("prod", "--expire", "../x"),
        ("prod", "service=api", "--comment", "x", "--ever"),
    ],
    ids=" ".join,
)
def test_what_it_cannot_mean_is_refused(line: tuple[str, ...], story: Story) -> None:
    done = story.run(*line)
    assert done.returncode == 2, done.stderr
    assert list(story.bucket.iterdir()) == []


def test_an_id_that_there_is_not_is_not_ended(story: Story) -> None:
    assert story.run("prod", "--expire", "20260101T000000Z-1").returncode == 1
