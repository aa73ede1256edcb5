"""Half an answer of AWS is no answer: what cannot be read is never taken for "there is nothing"."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import generated

SOURCED = ("ecs", "ecs-jobs", "ecs-previews", "ecs-rolling")
HEAD = """\
set -Eeuo pipefail
export ROOT=. ENVIRONMENT=dev AWS_REGION=eu-central-1 CLUSTER_NAME=shop AWS_ACCOUNT_ID=1 POLL=0 LOCK_SECONDS=60
export RELEASE_SERVICES="web web 80" RELEASE_STACKS="dev shop shop-dev shop-dev 1" PREVIEW_SECRET_PREFIX=secret-
WORK=work
log() { :; }
warn() { echo "warning: $*"; }
die() { echo "died: $*"; exit "$1"; }
keep_lock() { :; }
long_running() { echo web; }
scheduled() { :; }
# The answer of an operation is the text of its file; the body of an object is beside it.
_aws() {
  echo "$2" >>calls
  [[ -e "answers/$2" ]] || { echo "$2: NoSuchKey ResourceNotFoundException" >&2; return 254; }
  [[ "$2" != get-object || ! -e "answers/$6" ]] || cp "answers/$6" "$7"
  cat "answers/$2"
}
source lib/orchestration.sh
"""


def run(folder: Path, answers: dict[str, str], program: str) -> tuple[int, str]:
    """Exit code and words of a program that has the functions of the scripts, where AWS answers so."""
    for name in ("lib", "work", "answers"):
        (folder / name).mkdir(exist_ok=True)
    for component in SOURCED:
        for script in (generated.TEMPLATES / component / "files").glob("*.sh"):
            shutil.copy(script, folder / "lib")
    (folder / "lib/orchestration.env.sh").write_text("")
    for operation, text in answers.items():
        (folder / "answers" / operation).write_text(text)
    line = ["bash", "-c", HEAD + program]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


ARN = "arn:aws:ecs:eu-central-1:1:task/shop/1"
HALF = [
    ("no JSON", '{"taskArns": ["arn:'),
    ("nothing", ""),
    ("two", '{"taskArns": []}{"taskArns": []}'),
    ("a list", "[]"),
    ("no member", "{}"),
]


@pytest.mark.parametrize("text", [text for _, text in HALF], ids=[name for name, _ in HALF])
@pytest.mark.parametrize("step", ["_migration_tasks web", "_snapshot_tasks"])
def test_a_list_of_tasks_that_is_cut_off_is_no_empty_list(tmp_path: Path, step: str, text: str) -> None:
    program = f'if {step}; then echo "nothing there"; else echo "refused: $WHY"; fi'
    assert "refused: " in run(tmp_path, {"list-tasks": text}, program)[1]
    assert "nothing there" in run(tmp_path, {"list-tasks": '{"taskArns": []}'}, program)[1]


def test_tasks_without_a_description_are_no_empty_list(tmp_path: Path) -> None:
    program = 'if _migration_tasks web; then echo "nothing there"; else echo "refused: $WHY"; fi'
    listed = {"list-tasks": json.dumps({"taskArns": [ARN]})}
    assert "refused: the answer of AWS" in run(tmp_path, listed | {"describe-tasks": "{}"}, program)[1]
    assert "nothing there" in run(tmp_path, listed | {"describe-tasks": '{"tasks": []}'}, program)[1]


def test_what_takes_away_has_nothing_to_tell(tmp_path: Path) -> None:
    program = 'ask out.json elbv2 delete-rule && echo "gone"; ask out.json elbv2 create-rule || echo "$WHY"'
    said = run(tmp_path, {"delete-rule": "", "create-rule": ""}, program)[1]
    assert said == "gone\naws elbv2 create-rule: the answer is cut off, or no JSON\n"


REMOVAL = 'source lib/preview-services.sh; source lib/preview-removal.sh; UNIT_PREFIX=pr-1-; UNITS_BESIDE=""; '


@pytest.mark.parametrize(
    ("step", "operation", "empty"),
    [
        ("_inventory_services 1", "list-services", "serviceArns"),
        ("_inventory_tasks", "list-tasks", "taskArns"),
        ("_inventory_groups 1", "describe-target-groups", "TargetGroups"),
        ("_remove_namespace ns-1", "list-services", "Services"),
    ],
)
def test_what_a_preview_has_is_not_told_by_half_an_answer(
    tmp_path: Path, step: str, operation: str, empty: str
) -> None:
    program = f"{REMOVAL} : >work/inventory; if {step}; then echo nothing; else echo refused; fi"
    rest = {"describe-services": '{"services": []}', "delete-namespace": '{"OperationId": "1"}'}
    assert "refused" in run(tmp_path, rest | {operation: "{}"}, program)[1]
    assert "nothing" in run(tmp_path, rest | {operation: json.dumps({empty: []})}, program)[1]


def test_the_record_of_a_preview_goes_only_after_a_second_look(tmp_path: Path) -> None:
    looks = """
        _inventory() {
          RECORD_TAG=1
          echo '{"state": "being-removed"}' >work/record.json
          [[ ! -e work/seen ]] || echo "task arn" >work/inventory
          [[ -e work/seen ]] || : >work/inventory
          touch work/seen
          echo "record previews/1.json" >>work/inventory
        }
        preview_remove 1; cat calls 2>/dev/null || echo "nothing was asked"
    """
    said = run(tmp_path, {"delete-object": ""}, REMOVAL + looks)[1]
    assert said == "nothing was asked\n"
    said = run(
        tmp_path,
        {"delete-object": ""},
        REMOVAL
        + looks.replace("task arn", "record previews/1.json").replace(
            'echo "record previews/1.json" >>', '[[ -s work/inventory ]] || echo "record previews/1.json" >>'
        ),
    )[1]
    assert "delete-object" in said


RECORD = {"key": "000001-v1", "version": "v1", "verdict": "good", "images": {}}
READ = 'if store_read; then jq -c .records work/releases.json; else echo "refused"; fi'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        "[]",
        '{"records": {}}',
        '{"records": [1]}',
        '{"records": []}{"records": []}',
        *(json.dumps({"records": [RECORD, {**RECORD, word: None}]}) for word in RECORD),
        json.dumps({"records": [RECORD], "kept": []}),
    ],
)
def test_a_damaged_ledger_is_no_first_release(tmp_path: Path, text: str) -> None:
    answers = {"get-object": '{"ETag": "1"}', "freeze": "", "ledger.json": text}
    said = run(tmp_path, answers, READ)[1]
    assert "ledger.json in shop-dev-releases-1 is not understood" in said
    assert said.endswith("refused\n")


def test_a_ledger_that_is_whole_or_was_never_there_is_read(tmp_path: Path) -> None:
    assert run(tmp_path, {}, READ) == (0, "[]\n")
    answers = {"get-object": '{"ETag": "1"}', "freeze": "", "ledger.json": json.dumps({"records": [RECORD]})}
    assert run(tmp_path, answers, READ)[1] == json.dumps([RECORD], separators=(",", ":")) + "\n"


@pytest.mark.parametrize("text", ["", '{"tags": []}{"tags": []}', "{}"])
def test_an_empty_file_gets_no_hash(tmp_path: Path, text: str) -> None:
    program = 'stamp file work/new.json || echo "refused: $WHY"'
    (tmp_path / "file").write_text(text)
    assert "refused: new is no task definition\n" in run(tmp_path, {}, program)[1]
    (tmp_path / "file").write_text('{"tags": []}')
    assert run(tmp_path, {}, program) == (0, "")


SETTINGS = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
CONTAINER = {"name": "web", "image": "web@sha256:1", "environment": SETTINGS, "portMappings": [{"containerPort": 80}]}
# What AWS says beyond what was registered.
ADDED = {
    "cpu": 0,
    "volumesFrom": [],
    "environment": SETTINGS[::-1],
    "portMappings": [{"containerPort": 80, "hostPort": 80}],
}


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ([CONTAINER | ADDED], "ours"),
        ([CONTAINER | {"image": "web@sha256:2"}], "new"),
        ([CONTAINER | {"environment": [*SETTINGS, {"name": "C", "value": "3"}]}], "new"),
        ([CONTAINER | {"command": ["sleep"]}], "new"),
        ([CONTAINER, {"name": "beside", "image": "other"}], "new"),
    ],
    ids=["as asked", "image", "setting", "program", "one more"],
)
def test_a_revision_with_our_tags_is_ours_only_if_it_says_the_same(
    tmp_path: Path, told: list[dict[str, object]], taken: str
) -> None:
    asked = {"family": "shop-web", "containerDefinitions": [CONTAINER], "tags": [{"key": "definition", "value": "1"}]}
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    there = asked | {"containerDefinitions": told, "taskDefinitionArn": "ours", "enableFaultInjection": False}
    answers = {
        "describe-task-definition": json.dumps({"taskDefinition": there, "tags": there.pop("tags")}),
        "register-task-definition": '{"taskDefinition": {"taskDefinitionArn": "new"}}',
    }
    assert run(tmp_path, answers, 'register asked.json; echo "$REVISION"') == (0, f"{taken}\n")


@pytest.mark.parametrize(
    ("told", "bad", "noted"),
    [
        ({}, False, "web: AWS tells nothing of alarm one two, so it was not judged by it: apply the infrastructure\n"),
        (
            {"one": "OK"},
            False,
            "web: AWS tells nothing of alarm two, so it was not judged by it: apply the infrastructure\n",
        ),
        ({"one": "OK", "two": "INSUFFICIENT_DATA"}, False, ""),
        (
            {"two": "ALARM"},
            True,
            "web: AWS tells nothing of alarm one, so it was not judged by it: apply the infrastructure\n",
        ),
    ],
)
def test_an_alarm_that_is_not_there_is_not_called_quiet(
    tmp_path: Path, told: dict[str, str], bad: bool, noted: str
) -> None:
    service = {"serviceName": "web", "deploymentConfiguration": {"alarms": {"alarmNames": ["one", "two"]}}}
    answers = {
        "describe-services": json.dumps({"services": [service]}),
        "describe-alarms": json.dumps({"MetricAlarms": [{"AlarmName": n, "StateValue": s} for n, s in told.items()]}),
    }
    program = (
        "snapshot_services; _snapshot_alarms; code=0; signs web v1 || code=$?; cat work/uncounted || true; exit $code"
    )
    assert run(tmp_path, answers, ": >work/uncounted;" + program) == (int(bad), noted)


LOSES = re.compile(r"< <\(\s*(?:\{\s*)?(?:jq|_?aws|ask|kube|kubectl|setting)\b")
ALLOWED = {
    # They read its own file, which is checked when it begins, and what jq itself wrote before.
    "github-actions/files/scripts/repository-settings.sh": 8,
}


def test_no_loop_reads_from_a_program_whose_failure_would_be_lost() -> None:
    assert LOSES.search("mapfile -t a < <(jq -r .b c)")
    assert LOSES.search("mapfile -t a < <({\n  jq -r .b c")
    found = {
        path.relative_to(generated.TEMPLATES).as_posix(): len(lost)
        for path in sorted(generated.TEMPLATES.rglob("*.sh*"))
        if (lost := LOSES.findall(path.read_text()))
    }
    assert found == ALLOWED
