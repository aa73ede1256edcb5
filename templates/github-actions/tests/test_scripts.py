"""scripts/check-exceptions.sh and scripts/plan-fingerprint.sh, run for real."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.answers.read import convert
from generator.plan import plan
from generator.render import render

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
    case = yaml.safe_load((ROOT / "tests/cases/example.yml").read_text())
    tree = render(plan(convert(case), ("github-actions", "scripts"))).tree
    made = tmp_path_factory.mktemp("scripts")
    for path in ("check-exceptions.sh", "plan-fingerprint.sh", "lib/common.sh"):
        target = made / "scripts" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(tree[f"scripts/{path}"].content)
        target.chmod(0o755)
    (made / ".trivyignore.yaml").write_bytes(tree[".trivyignore.yaml"].content)
    return made


def run(folder: Path, script: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "scripts" / script, *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_shipped_file_has_no_exceptions(folder: Path) -> None:
    assert run(folder, "check-exceptions.sh").returncode == 0


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
