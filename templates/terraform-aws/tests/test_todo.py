"""What a person must provide: the to-do list of the example, before and after it was provided."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.served import settle
from tests.support import aws_front, generated

ACCOUNT = "111122223333"
SECRET = "SECRET_DEV_API"
PROVIDED = ("ADMINISTRATORS_DEV", "AWS_ACCOUNT_ID_DEV", "GITHUB_IDS", "OPERATORS_DEV")
FILLED = {
    "CHANGEME_ADMINISTRATORS_DEV": f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1",
    "CHANGEME_OPERATORS_DEV": f"arn:aws:iam::{ACCOUNT}:role/on-call",
    "CHANGEME_AWS_ACCOUNT_ID_DEV": ACCOUNT,
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
    return {item["id"]: (item["severity"], item["state"]) for item in todo_of(root, account, stages)}


def todo_of(root: Path, account: str = ACCOUNT, stages: str = "") -> list[dict[str, str]]:
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
    return json.loads(done.stdout)["items"]  # type: ignore[no-any-return]


def test_what_bootstrap_needs_blocks_until_it_is_there(root: Path) -> None:
    before = states(root)
    assert {name: before[name] for name in PROVIDED} == dict.fromkeys(PROVIDED, ("blocking", "open"))
    assert before["DNS_ZONE"][0] == before["DATABASE_ROTATION"][0] == "blocking"
    fill(root)
    after = states(root)
    assert {name: after[name] for name in PROVIDED} == dict.fromkeys(PROVIDED, ("blocking", "done"))


def test_the_command_that_the_list_prints_names_the_account(root: Path) -> None:
    item = next(i for i in todo_of(root) if i["id"] == "AWS_ACCOUNT_ID_DEV")
    command = item["how"].removeprefix("signed in to it: ").partition("; then write")[0]
    path = f"{root.parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", "-ec", command], cwd=root, env={"PATH": path, "ACCOUNT": ACCOUNT}, timeout=60, check=True)
    assert states(root)["AWS_ACCOUNT_ID_DEV"] == ("blocking", "done")
    for name in ("", "bootstrap/"):
        told = (root / f"infrastructure/terraform/{name}environments/dev.backend.hcl").read_text()
        assert f'"shop-dev-state-{ACCOUNT}"' in told


@pytest.mark.parametrize("platform", ["kubernetes", "ecs"])
def test_a_command_leaves_alone_an_environment_whose_name_begins_alike(platform: str, tmp_path: Path) -> None:
    given = {**generated.raw(generated.CASES / "example.yml"), "environments": ["dev", "dev-eu", "prod"]}
    given["orchestration"] = {"platform": platform}
    root = generated.write(generated.tree_of(settle(given)[0]), tmp_path / "repository")
    aws_front.install(tmp_path, AWS)
    tfvars = sorted((root / "infrastructure/terraform").rglob("environments/*.tfvars"))
    asked = re.findall(r"CHANGEME_(?:ADMINISTRATORS|OPERATORS)_DEV_EU\b", "".join(path.read_text() for path in tfvars))
    for item in todo_of(root):
        if item["id"] in {"ADMINISTRATORS_DEV", "OPERATORS_DEV"}:
            (command,) = re.findall(r"sed -i '[^']*' [^;]*", item["how"])
            command = command.replace("the ARN", f"arn:aws:iam::{ACCOUNT}:role/people")
            subprocess.run(["bash", "-ec", command], cwd=root, timeout=60, check=True)
            assert (item["id"], states(root)[item["id"]][1]) == (item["id"], "done")
    left = re.findall(r"CHANGEME_(?:ADMINISTRATORS|OPERATORS)_DEV_EU\b", "".join(path.read_text() for path in tfvars))
    assert left == asked
    assert left


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
