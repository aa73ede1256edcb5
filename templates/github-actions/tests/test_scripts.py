"""scripts/check-exceptions.sh, scripts/plan-fingerprint.sh and scripts/drift-issue.sh, run for real."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import generated

ROOT = Path(__file__).resolve().parents[3]
GOOD = """---
vulnerabilities:
  - id: CVE-2026-0001
    paths: [services/web/package-lock.json]
    statement: "owner: @acme/platform; not called"
    expired_at: 2026-12-31
misconfigurations: []
"""
PLAN: dict[str, Any] = {
    "format_version": "1.2",
    "timestamp": "2026-11-24T10:00:00Z",
    "resource_changes": [
        {
            "address": "a.b",
            "change": {"actions": ["create"], "before": None, "after": {"x": 1}, "after_unknown": {"id": True}},
        },
        {"address": "a.c", "change": {"actions": ["no-op"], "before": {"y": 1}, "after": {"y": 1}}},
    ],
    "output_changes": {"o": {"actions": ["create"], "after": "v"}},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = generated.rendering(generated.CASES / "example.yml").tree
    made = tmp_path_factory.mktemp("scripts")
    for path in ("check-exceptions.sh", "plan-fingerprint.sh", "drift-issue.sh", "lib/common.sh"):
        target = made / "scripts" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(tree[f"scripts/{path}"].content)
        target.chmod(0o755)
    (made / ".github").mkdir()
    for path in (".trivyignore.yaml", ".github/zap-rules.tsv"):
        (made / path).write_bytes(tree[path].content)
    return made


def run(folder: Path, script: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "scripts" / script, *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


def test_what_is_shipped_is_by_design_and_needs_no_date(folder: Path) -> None:
    ran = run(folder, "check-exceptions.sh", "--today", "2099-01-01")
    assert ran.returncode == 0, ran.stdout
    assert "5 exceptions, 0 complaints" in ran.stderr


DESIGNED = "monitoring/kubernetes/node-exporter.yaml"
ENTRY = """---
misconfigurations:
  - id: KSV-0121
    paths: ["{path}"]
    statement: "{statement}"
"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ENTRY.format(path=DESIGNED, statement="design: needed"), ""),
        (ENTRY.format(path="infrastructure/other.yaml", statement="design: needed"), "is not by design"),
        (ENTRY.format(path="monitoring/**", statement="design: needed"), "is not by design"),
        (ENTRY.format(path=f'{DESIGNED}", "other.yaml', statement="design: needed"), "is not by design"),
        (ENTRY.replace('    paths: ["{path}"]\n', "").format(statement="design: needed"), "is not by design"),
        (
            ENTRY.replace('["{path}"]', "\n      - {path}\n      - b").format(path=DESIGNED, statement="design: x"),
            "is not by",
        ),
        (ENTRY.replace("KSV-0121", "KSV-0001").format(path=DESIGNED, statement="design: needed"), "is not by design"),
        (ENTRY.format(path=DESIGNED, statement="design:"), "statement must read"),
        (ENTRY.format(path=DESIGNED, statement="owner: me; needed"), "expired_at must be a date"),
        (ENTRY.format(path=DESIGNED, statement="needed"), "statement must read"),
    ],
)
def test_only_what_the_list_names_is_by_design(folder: Path, text: str, says: str) -> None:
    (folder / "design.yaml").write_text(text)
    ran = run(folder, "check-exceptions.sh", "--file", "design.yaml")
    assert ran.returncode == (1 if says else 0), ran.stdout
    assert says in ran.stdout


COMMENT = "# owner: @acme/platform; a page of docs; expires: 2026-12-31\n"
LINES = {
    "leaks.gitleaksignore": "4ba2e8d1:docs/a.md:generic-api-key:12\n",
    "rules.tsv": "10038\tIGNORE\t(Content Security Policy)\n",
}


@pytest.mark.parametrize("name", sorted(LINES))
@pytest.mark.parametrize(
    ("comment", "says"),
    [
        (COMMENT, ""),
        ("", "the line above must read"),
        (COMMENT + "\n", "the line above must read"),
        (COMMENT + "# more\n", "the line above must read"),
        ("# a page of docs; expires: 2026-12-31\n", "the line above must read"),
        ("# owner: ; a page of docs; expires: 2026-12-31\n", "the line above must read"),
        ("# owner: @acme/platform; expires: 2026-12-31\n", "the line above must read"),
        ("# owner: @acme/platform; a page of docs\n", "the line above must read"),
        (COMMENT.replace("2026-12-31", "soon"), "expires must be a date"),
        (COMMENT.replace("2026-12-31", "2026-11-24"), "expired on 2026-11-24"),
        (COMMENT.replace("2026-12-31", "2027-12-31"), "later than 2027-02-22"),
    ],
)
def test_a_line_needs_owner_reason_and_a_near_date_above_it(folder: Path, name: str, comment: str, says: str) -> None:
    (folder / name).write_text(comment + LINES[name])
    ran = run(folder, "check-exceptions.sh", "--file", name, "--today", "2026-11-24")
    assert ran.returncode == (1 if says else 0), ran.stdout
    assert says in ran.stdout
    # A comment serves the line below it and no other.
    (folder / name).write_text(COMMENT + LINES[name] * 2)
    twice = run(folder, "check-exceptions.sh", "--file", name, "--today", "2026-11-24")
    assert f"{name}:3: " in twice.stdout


@pytest.mark.parametrize("action", ["IGNORE", "INFO", "WARN", "OUTOFSCOPE"])
def test_a_rule_that_does_not_fail_is_an_exception(folder: Path, action: str) -> None:
    (folder / "more.tsv").write_text(f"10010\tFAIL\t(a)\n10011\t{action}\t(b)\n")
    ran = run(folder, "check-exceptions.sh", "--file", "more.tsv")
    assert (ran.returncode, ran.stdout.count("\n")) == (1, 1)
    assert ran.stdout.startswith("more.tsv:2: 10011: ")


@pytest.mark.parametrize("path", [".trivyignore.yaml", ".gitleaksignore", ".github/zap-rules.tsv"])
def test_every_file_is_judged_without_being_named(folder: Path, path: str) -> None:
    file, bad = folder / path, {".trivyignore.yaml": "vulnerabilities:\n  - id: CVE-2026-1\n"}
    before = file.read_text() if file.exists() else ""
    file.write_text(bad.get(path, "10010\tIGNORE\t(a)\n"))
    try:
        ran = run(folder, "check-exceptions.sh")
    finally:
        file.write_text(before)
    assert ran.returncode == 1
    assert ran.stdout.startswith(f"{path}:")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("2026-12-31", "2026-11-24", "expired on 2026-11-24"),
        ("2026-12-31", "2027-12-31", "later than 2027-02-22"),
        ("2026-12-31", "soon", "expired_at must be a date"),
        ("    expired_at: 2026-12-31\n", "", "expired_at must be a date"),
        ("owner: @acme/platform; not called", "not called", "statement must read"),
        ("owner: @acme/platform; not called", "owner: @acme/platform", "statement must read"),
        ("owner: @acme/platform; not called", "owner: ; not called", "statement must read"),
        ("id: CVE-2026-0001", "id:", "has no id"),
    ],
)
def test_an_exception_needs_owner_reason_and_a_near_date(folder: Path, old: str, new: str, says: str) -> None:
    file = folder / "exceptions.yaml"
    file.write_text(GOOD)
    good = run(folder, "check-exceptions.sh", "--file", "exceptions.yaml", "--today", "2026-11-24")
    assert good.returncode == 0, good.stdout
    file.write_text(GOOD.replace(old, new))
    bad = run(folder, "check-exceptions.sh", "--file", "exceptions.yaml", "--today", "2026-11-24")
    assert bad.returncode == 1
    assert says in bad.stdout
    assert bad.stdout.startswith("exceptions.yaml:3: ")


def fingerprint(folder: Path, document: Any) -> str:
    ran = run(folder, "plan-fingerprint.sh", stdin=json.dumps(document))
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def changed(**keys: Any) -> dict[str, Any]:
    first, second = PLAN["resource_changes"]
    return PLAN | {"resource_changes": [first | {"change": first["change"] | keys}, second]}


def test_the_same_changes_have_the_same_fingerprint(folder: Path) -> None:
    later = PLAN | {"timestamp": "2026-11-24T11:00:00Z", "resource_changes": PLAN["resource_changes"][::-1]}
    assert fingerprint(folder, later) == fingerprint(folder, PLAN)
    assert len(fingerprint(folder, PLAN)) == 64


@pytest.mark.parametrize(
    "other",
    [
        changed(actions=["delete", "create"]),
        changed(after={"x": 2}),
        changed(before={"x": 1}),
        changed(after_unknown={}),
        PLAN | {"output_changes": {}},
        PLAN | {"resource_changes": []},
    ],
)
def test_another_change_has_another(folder: Path, other: dict[str, Any]) -> None:
    assert fingerprint(folder, other) != fingerprint(folder, PLAN)


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"format_version": "1.2", "errored": true}'])
def test_what_is_no_plan_has_none(folder: Path, text: str) -> None:
    ran = run(folder, "plan-fingerprint.sh", stdin=text)
    assert (ran.returncode, ran.stdout) == (1, "")


GH = """#!/usr/bin/env python3
# GitHub with one issue at the most: its JSON lies in $ISSUE.
import json, os, pathlib, sys
issue, words = pathlib.Path(os.environ["ISSUE"]), sys.argv[2:]
path = next(w for w in words if w.startswith("repos/"))
given = dict(w.split("=", 1) for n, w in enumerate(words) if words[n - 1] in ("-f", "-F"))
if "body" in given: given["body"] = pathlib.Path(given["body"].removeprefix("@")).read_text()
method = words[words.index("--method") + 1] if "--method" in words else "GET"
now = json.loads(issue.read_text()) if issue.exists() else {}
if method == "GET" and "/issues?labels=drift&state=open&" in path:
    print("7" if now.get("state") == "open" else "")
elif method == "GET" and "/workflows/infrastructure.yml/runs?branch=main&status=waiting" in path:
    print(os.environ.get("WAITING", ""))
elif method == "POST" and path == "repos/acme/shop/issues":
    assert given.pop("labels[]") == "drift"
    issue.write_text(json.dumps(given | {"state": "open"}))
elif method == "PATCH" and path == "repos/acme/shop/issues/7":
    issue.write_text(json.dumps(now | given))
else:
    sys.exit(f"unknown: {words}")
"""


def drift(folder: Path, tmp: Path, found: dict[str, str], *more: str, **env: str) -> tuple[str, dict[str, str]]:
    """What the script prints, and the issue afterwards; `found` is what differs by plan."""
    tools, plans = tmp / "bin", tmp / "plans"
    for made in (tools, plans):
        made.mkdir(exist_ok=True)
    for old in plans.iterdir():
        old.unlink()
    (tools / "gh").write_text(GH)
    (tools / "gh").chmod(0o755)
    for plan, text in ({"dev.bootstrap": ""} | found).items():
        (plans / f"{plan}.txt").write_text(text)
    issue = tmp / "issue.json"
    ran = subprocess.run(
        [folder / "scripts/drift-issue.sh", str(plans), "dev prod dev.bootstrap", *more],
        env=os.environ | {"PATH": f"{tools}:{os.environ['PATH']}", "ISSUE": str(issue), "GITHUB_REPOSITORY": "acme/shop"} | env,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout, json.loads(issue.read_text()) if issue.exists() else {}


def test_drift_is_one_issue_that_is_opened_renewed_and_closed(folder: Path, tmp_path: Path) -> None:
    assert drift(folder, tmp_path, {"dev": "", "prod": ""}) == ("nothing\n", {})
    said, issue = drift(folder, tmp_path, {"dev": "", "prod": "update aws_db_instance.main\n"})
    assert (said, issue["state"]) == ("opened\n", "open")
    assert "### prod\n\n~~~~~\nupdate aws_db_instance.main\n~~~~~\n" in issue["body"]
    assert "### dev" not in issue["body"]
    assert "apply it anew: gh workflow run infrastructure.yml --ref main;" in issue["body"], (
        "GitHub re-runs for 30 days only"
    )
    said, issue = drift(folder, tmp_path, {"dev": "delete aws_vpc.main\n", "prod": ""})
    assert (said, issue["state"]) == ("renewed\n", "open")
    assert "### dev" in issue["body"]
    assert "aws_db_instance" not in issue["body"]
    said, issue = drift(folder, tmp_path, {"dev": "", "prod": ""})
    assert (said, issue["state"]) == ("closed\n", "closed")
    assert drift(folder, tmp_path, {"dev": "", "prod": "update x.y\n"})[0] == "opened\n"


def test_an_environment_that_could_not_be_planned_keeps_the_issue_open(folder: Path, tmp_path: Path) -> None:
    said, issue = drift(folder, tmp_path, {"dev": ""})
    assert said == "opened\n"
    assert "### prod\n\nIt could not be planned" in issue["body"]


def test_what_differs_in_bootstrap_is_told_apart(folder: Path, tmp_path: Path) -> None:
    said, issue = drift(folder, tmp_path, {"dev": "", "prod": "", "dev.bootstrap": "update aws_iam_role.apply\n"})
    assert said == "opened\n"
    assert "### dev, root bootstrap\n\n~~~~~\nupdate aws_iam_role.apply\n~~~~~\n" in issue["body"]
    assert "### dev\n" not in issue["body"]


def test_drift_says_that_a_change_waits_and_cuts_what_is_long(folder: Path, tmp_path: Path) -> None:
    lines = "".join(f"create aws_s3_bucket.b{n}\n" for n in range(150))
    _, issue = drift(folder, tmp_path, {"dev": lines, "prod": ""}, WAITING="https://example.org/run/1")
    assert "[waits for its approval](https://example.org/run/1)" in issue["body"]
    assert "b49\n... and 100 more\n" in issue["body"]


def test_a_dry_run_of_drift_changes_nothing(folder: Path, tmp_path: Path) -> None:
    said, issue = drift(folder, tmp_path, {"dev": "create x.y\n", "prod": ""}, "--dry-run")
    assert "create x.y" in said
    assert issue == {}
