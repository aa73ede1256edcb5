"""What of Terraform's mistakes is an error, and what only a warning, since it may hold for what is run."""

from __future__ import annotations

from typing import Final

import pytest

from generator.checks.models.terraform_constraints import constraint, number
from generator.tree import File, Tree
from tests.support.endless import ends
from tests.support.judge import judge

EIP: Final = 'resource "aws_eip" "a" {\n  vpc = true\n}\n'


def requiring(version: str, name: str = "aws") -> str:
    return f'terraform {{\n  required_providers {{\n    {name} = "{version}"\n  }}\n}}\n'


def severities(rule: str, **files: str) -> list[str]:
    tree = Tree({name.replace("__", "/").replace("_tf", ".tf"): File(text.encode()) for name, text in files.items()})
    return [f"{found.path}: {found.severity}" for found in judge(tree, [rule]).findings]


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("~> 6.0", ["main.tf: error"]),
        ("6.20.0", ["main.tf: error"]),
        (">= 5.0", ["main.tf: warning"]),
        ("~> 6.900", ["main.tf: warning"]),
        ("~> 5.0", []),
        ("~> 4.0", []),
        ("> 4.1, < 5.0.0", []),
    ],
)
def test_an_argument_that_is_gone_is_judged_by_the_versions_that_may_be_run(version: str, said: list[str]) -> None:
    assert severities("terraform-argument", main_tf=EIP, versions_tf=requiring(version)) == said


def test_a_strange_argument_may_come_from_a_newer_version_and_a_misspelt_one_does_not() -> None:
    strange = 'resource "aws_vpc" "a" {\n  quantum = true\n}\n'
    misspelt = 'resource "aws_vpc" "a" {\n  cidr_blok = "x"\n}\n'
    pin = requiring("~> 6.0")
    assert severities("terraform-argument", main_tf=strange, versions_tf=pin) == ["main.tf: warning"]
    assert severities("terraform-argument", main_tf=misspelt, versions_tf=pin) == ["main.tf: error"]
    assert severities("terraform-argument", main_tf=strange, versions_tf=requiring("6.25.0")) == ["main.tf: error"]


def test_a_lock_file_with_no_version_is_read_as_none() -> None:
    lock = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "odd"\n}\n'
    tree = Tree({"main.tf": File(EIP.encode()), ".terraform.lock.hcl": File(lock.encode())})
    assert [one.severity for one in judge(tree, ["terraform-argument"]).findings] == ["warning"]


def test_what_may_be_there_later_is_no_error() -> None:
    said = severities(
        "terraform-reference",
        generated__main_tf="locals {\n  a = var.b\n}\n",
        real__main_tf='variable "a" {}\nlocals {\n  a = var.other\n}\n',
        tests__fixtures__main_tf="locals {\n  a = local.other\n}\n",
    )
    assert said == ["generated/main.tf: warning", "real/main.tf: error", "tests/fixtures/main.tf: warning"]


def test_hcl_of_an_unknown_program_is_no_error() -> None:
    tree = Tree({"vault/policy.hcl": File(b"a : b\n"), "a.pkr.hcl": File(b"a : b\n")})
    said = {finding.path: finding.severity for finding in judge(tree, ["hcl-syntax"]).findings}
    assert said == {"vault/policy.hcl": "warning", "a.pkr.hcl": "error"}


@pytest.mark.parametrize(
    ("given", "allowed", "refused"),
    [
        ("~> 5.31", ["5.31.0", "5.99.0"], ["5.30.9", "6.0.0"]),
        ("~> 5.31.2", ["5.31.2", "5.31.9"], ["5.32.0"]),
        ("~> 5", ["5.0.0", "6.0.0"], ["4.9.0"]),
        (">= 1, < 2, != 1.5.0", ["1.4.0"], ["1.5.0", "2.0.0"]),
        ("v1.2", ["1.2.0"], ["1.2.1"]),
        ("<= 1.2", ["1.2.0"], ["1.2.1"]),
        ("> 1.2", ["1.2.1"], ["1.2.0"]),
    ],
)
def test_constraints_mean_what_terraform_means(given: str, allowed: list[str], refused: list[str]) -> None:
    parsed = constraint(given)
    assert parsed is not None
    assert [version for version in (*allowed, *refused) if parsed.allows(number(version))] == allowed


def test_modules_that_call_the_next_one_twice_take_no_time() -> None:
    levels = 30
    call = 'module "a" {\n  source = "../mN"\n}\nmodule "b" {\n  source = "../mN"\n}\n'
    files = {f"m{level}__main_tf": call.replace("N", str(level + 1)) for level in range(levels)}
    files["m0__main_tf"] += requiring("~> 6.0")
    files[f"m{levels}__main_tf"] = EIP
    with ends():
        assert severities("terraform-provider", **files) == []
