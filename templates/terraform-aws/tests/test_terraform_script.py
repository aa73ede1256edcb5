"""scripts/terraform.sh, run for real; stand-ins for aws and terraform record what they are asked."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator.answers.read import convert
from generator.plan import plan
from generator.render import render
from generator.tree import Tree
from tests.support import aws_front, generated

ACCOUNT = "111122223333"
TERRAFORM = Path("infrastructure/terraform")
DISK = TERRAFORM / "bootstrap/dev.tfstate"
OVERRIDE = TERRAFORM / "bootstrap/backend_override.tf"
MISSING = "An error occurred (404) when calling the Head operation: Not Found"
SILENT = {
    "forbidden": "An error occurred (403) when calling the Head operation: Forbidden",
    "no network": "Could not connect to the endpoint URL",
    "expired": "An error occurred (ExpiredToken) when calling the Head operation: The provided token has expired.",
}

AWS = """#!/bin/bash
printf '%s\\n' "$*" >>"$STAND_IN/aws.calls"
case "$*" in
  *"--query Account"*) echo "$ACCOUNT" ;;
  *"--query Arn"*) echo "$CALLER" ;;
  *head-bucket*) file="$STAND_IN/bucket" ;;
  *head-object*) file="$STAND_IN/object" ;;
  *) exit 64 ;;
esac
[[ -z "${file:-}" || ! -e "$file" ]] || { cat "$file" >&2; exit 254; }
"""
TERRAFORM_STAND_IN = """#!/bin/bash
printf '%s\\n' "$*" >>"$STAND_IN/terraform.calls"
for word in "$@"; do [[ "$word" != -out=* ]] || : >"${word#-out=}"; done
case "$*" in
  *"state list"*) printf '%s\\n' aws_kms_key.main 'aws_route53_record.certificate["acme.dev"]' 'aws_route53_record.service["web"]' ;;
  *"output -raw"*) echo arn:of:the:key ;;
esac
"""


@dataclass(frozen=True)
class Stage:
    """A generated repository whose tools are stand-ins."""

    root: Path
    stand_in: Path

    def run(self, *words: str, caller: str = f"arn:aws:iam::{ACCOUNT}:user/ann") -> subprocess.CompletedProcess[str]:
        """Runs the script as `caller`."""
        return subprocess.run(
            ["bash", "scripts/terraform.sh", *words],
            cwd=self.root,
            env={
                "PATH": f"{self.stand_in}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(self.root),
                "CI": "true",
                "STAND_IN": str(self.stand_in),
                "ACCOUNT": ACCOUNT,
                "CALLER": caller,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def says(self, what: str, text: str) -> None:
        """What S3 says about the bucket or the object from now on, as an error."""
        (self.stand_in / what).write_text(text)

    def asked(self, word: str) -> Sequence[str]:
        """The calls of terraform that hold a word."""
        calls = self.stand_in / "terraform.calls"
        return [line for line in (calls.read_text().splitlines() if calls.exists() else []) if word in line]


@pytest.fixture(scope="module")
def tree() -> Tree:
    accounts = {"dev": ACCOUNT, "staging": "444455556666", "prod": "777788889999"}
    raw = {**generated.raw(generated.CASES / "example.yml"), "cloud": {"accounts": accounts}}
    return render(plan(convert(raw), ("terraform-aws", "aws", "scripts"))).tree


@pytest.fixture
def stage(tree: Tree, tmp_path: Path) -> Iterator[Stage]:
    root, stand_in = generated.write(tree, tmp_path / "repository"), tmp_path / "stand-in"
    stand_in.mkdir()
    front = aws_front.install(stand_in, AWS)
    (stand_in / "terraform").write_text(TERRAFORM_STAND_IN)
    (stand_in / "terraform").chmod(0o755)
    # What a person fills in does not matter here.
    for path in (root / TERRAFORM).rglob("*.tfvars"):
        path.write_text(path.read_text().replace("CHANGEME_", "filled_"))
    yield Stage(root, stand_in)
    assert front.invalid() == []


# --- where the state is ---------------------------------------------------------------------------


def test_without_a_bucket_the_state_stays_on_disk(stage: Stage) -> None:
    stage.says("bucket", MISSING)
    done = stage.run("bootstrap", "dev", "plan")
    assert done.returncode == 0, done.stderr
    assert (stage.root / OVERRIDE).read_text().count('path = "dev.tfstate"') == 1
    assert stage.asked("init") == [f"-chdir={stage.root / TERRAFORM / 'bootstrap'} init -reconfigure"]


@pytest.mark.parametrize("answer", SILENT.values(), ids=SILENT)
def test_no_answer_is_not_taken_for_no_bucket(stage: Stage, answer: str) -> None:
    stage.says("bucket", answer)
    done = stage.run("bootstrap", "dev", "plan")
    assert done.returncode == 1
    assert answer in done.stderr
    assert not (stage.root / OVERRIDE).exists()
    assert stage.asked("") == []


def test_the_state_on_disk_moves_into_a_bucket_that_has_none(stage: Stage) -> None:
    stage.says("object", MISSING)
    (stage.root / DISK).write_text("{}")
    done = stage.run("bootstrap", "dev", "plan")
    assert done.returncode == 0, done.stderr
    assert len(stage.asked("-migrate-state -force-copy")) == 1
    assert not (stage.root / DISK).exists()
    asked = (stage.stand_in / "aws.calls").read_text()
    assert f"head-object --bucket shop-dev-state-{ACCOUNT} --key bootstrap.tfstate" in asked


@pytest.mark.parametrize("answer", [*SILENT.values(), ""], ids=[*SILENT, "a state is there"])
def test_the_state_on_disk_never_overwrites_another(stage: Stage, answer: str) -> None:
    if answer:
        stage.says("object", answer)
    (stage.root / DISK).write_text("{}")
    done = stage.run("bootstrap", "dev", "plan")
    assert done.returncode == 1
    assert (answer or "has a state already") in done.stderr
    assert (stage.root / DISK).exists()
    assert stage.asked("") == []


# --- what a plan is told --------------------------------------------------------------------------


def test_the_plan_role_reaches_the_zone_through_the_role_that_reads(stage: Stage) -> None:
    done = stage.run("main", "dev", "plan", caller=f"arn:aws:sts::{ACCOUNT}:assumed-role/shop-dev-plan/ci")
    assert done.returncode == 0, done.stderr
    assert len(stage.asked(" plan ")) == len(stage.asked("-var=dns_role=dns-read")) == 1


@pytest.mark.parametrize("role", ["shop-dev-apply", "shop-dev-plan-x", "shop-qa-plan", "administrators"])
def test_who_applies_reaches_the_zone_through_the_role_that_writes(stage: Stage, role: str) -> None:
    done = stage.run("main", "dev", "plan", caller=f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/somebody")
    assert done.returncode == 0, done.stderr
    assert len(stage.asked(" plan ")) == 1
    assert stage.asked("dns_role") == []


def test_a_plan_takes_arguments_of_its_own(stage: Stage) -> None:
    done = stage.run("main", "dev", "plan", "--", "-destroy", "-target=aws_eks_cluster.main")
    assert done.returncode == 0, done.stderr
    assert [line.endswith(" -destroy -target=aws_eks_cluster.main") for line in stage.asked(" plan ")] == [True]


@pytest.mark.parametrize("action", ["apply", "destroy", "output", "init"])
def test_nothing_else_does(stage: Stage, action: str) -> None:
    done = stage.run("main", "dev", action, "--", "-auto-approve")
    assert done.returncode == 2
    assert stage.asked("") == []


# --- what a destruction leaves --------------------------------------------------------------------


@pytest.mark.parametrize("shared", [False, True], ids=["account of its own", "shared account"])
def test_what_renews_the_certificates_of_others_outlives_an_environment(stage: Stage, shared: bool) -> None:
    if shared:
        values = stage.root / TERRAFORM / "environments/dev.tfvars"
        assert values.read_text().count('"777788889999"') == 1
        values.write_text(values.read_text().replace('"777788889999"', f'"{ACCOUNT}"'))
    # No terminal, nobody to ask.
    common = stage.root / "scripts/lib/common.sh"
    common.write_text(common.read_text() + "\nconfirm() { :; }\n")
    done = stage.run("main", "dev", "destroy")
    assert done.returncode == 0, done.stderr
    record = ' aws_route53_record.certificate["acme.dev"]' if shared else ""
    assert [line.partition("state rm")[2] for line in stage.asked("state rm")] == [f" aws_kms_key.main{record}"]
    assert stage.asked("")[-1].endswith("dev.tfplan")
