"""What a person must provide: the to-do list of the example, before and after it was provided."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import aws_front, generated

ACCOUNT = "111122223333"
SECRET = "SECRET_DEV_API"
PROVIDED = ("ADMINISTRATORS_DEV", "AWS_ACCOUNT_ID_DEV", "GITHUB_IDS", "OPERATORS_DEV", "STATE_BUCKET_DEV")
FILLED = {
    "CHANGEME_ADMINISTRATORS_DEV": f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1",
    "CHANGEME_OPERATORS_DEV": f"arn:aws:iam::{ACCOUNT}:role/on-call",
    "CHANGEME_AWS_ACCOUNT_ID_DEV": ACCOUNT,
    "CHANGEME_STATE_BUCKET_DEV": f"shop-dev-state-{ACCOUNT}",
    'github_owner_id      = ""': 'github_owner_id      = "11"',
    'github_repository_id = ""': 'github_repository_id = "22"',
}
AWS = """#!/bin/bash
case "$*" in
  *get-caller-identity*) echo "$ACCOUNT" ;;
  *"describe-secret --region us-east-1 --secret-id shop/dev/api "*) echo "$STAGES" ;;
  *) exit 64 ;;
esac
"""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    made = generated.write(generated.tree(generated.CASES / "example.yml"), tmp_path / "repository")
    front = aws_front.install(tmp_path, AWS)
    yield made
    assert front.invalid() == []


def fill(root: Path) -> None:
    """Provides what is asked for, in every file."""
    for path in (root / "infrastructure/terraform").rglob("environments/*"):
        text = path.read_text()
        for asked, answer in FILLED.items():
            text = text.replace(asked, answer)
        path.write_text(text)


def states(root: Path, account: str = ACCOUNT, stages: str = "") -> dict[str, tuple[str, str]]:
    """Severity and state of each item."""
    done = subprocess.run(
        ["bash", "scripts/check-todo.sh", "--list", "--format", "json"],
        cwd=root,
        env={
            "PATH": f"{root.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(root),
            "ACCOUNT": account,
            "STAGES": stages,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return {item["id"]: (item["severity"], item["state"]) for item in json.loads(done.stdout)["items"]}


def test_what_bootstrap_needs_blocks_until_it_is_there(root: Path) -> None:
    before = states(root)
    assert {name: before[name] for name in PROVIDED} == dict.fromkeys(PROVIDED, ("blocking", "open"))
    assert before["DNS_ZONE"][0] == before["DATABASE_ROTATION"][0] == "blocking"
    fill(root)
    after = states(root)
    assert {name: after[name] for name in PROVIDED} == dict.fromkeys(PROVIDED, ("blocking", "done"))


@pytest.mark.parametrize("answer", sorted(FILLED))
def test_no_file_may_be_forgotten(root: Path, answer: str) -> None:
    """The last file that an answer goes to still holds the question."""
    fill(root)
    paths = sorted((root / "infrastructure/terraform").rglob("environments/*"))
    tree = generated.tree(generated.CASES / "example.yml")
    last = [path for path in paths if answer in tree[path.relative_to(root).as_posix()].text][-1]
    last.write_text(last.read_text().replace(FILLED[answer], answer))
    name = "GITHUB_IDS" if "github" in answer else answer.removeprefix("CHANGEME_")
    assert states(root)[name] == ("blocking", "open")


def test_the_cluster_may_do_without_operators(root: Path) -> None:
    fill(root)
    path = root / "infrastructure/terraform/environments/dev.tfvars"
    path.write_text(re.sub(r"(cluster_operator_arns +=).*", r"\1 []", path.read_text()))
    assert states(root)["OPERATORS_DEV"] == ("blocking", "done")


def test_a_secret_is_judged_in_its_own_account_and_remembered_in_others(root: Path) -> None:
    fill(root)
    assert states(root)[SECRET][1] == "open"
    assert states(root, stages="1 AWSCURRENT")[SECRET][1] == "done"
    assert states(root, account="999999999999", stages="1 AWSCURRENT")[SECRET][1] == "open"
    (root / ".agency/scaffold/done").write_text(f"{SECRET} 2026-11-28T00:00:00Z ann\n")
    assert states(root, account="999999999999")[SECRET][1] == "done"
    assert states(root)[SECRET][1] == "open", "in its own account the secret itself decides"
