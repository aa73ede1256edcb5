"""What the components list as not to be lost is taken out, one thing at a time, and the named check notices it."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.checks import check
from generator.tree import File, Tree
from tests.support import generated
from tests.support.removals import READERS, Edit, edits
from tests.support.terraform.bench import Bench
from tests.tools import commands, run

EXAMPLE = generated.CASES / "example.yml"
TERRAFORM = edits("terraform-aws", "terraform-aws-eks")
MANIFESTS = edits("k8s", "k8s-rolling")

PROTECTIONS = {
    "encryption",
    "deletion protection",
    "two zones",
    "private database",
    "log retention",
    "OIDC conditions",
    "least privilege",
    "TLS",
}
"""What the removals that are tried always must cover; the others are slow."""

JUDGEMENTS = {
    "Test assertion failed",
    "Missing expected failure",
    "Invalid value for variable",
    "Resource precondition failed",
    "Resource postcondition failed",
    "Check block assertion failed",
}
"""What terraform calls a condition of ours that did not hold."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"), generated.answers(EXAMPLE))


def parameters(rows: list[Edit]) -> list[Any]:
    return [pytest.param(row, id=row.id, marks=() if row.protects else pytest.mark.slow) for row in rows]


@pytest.mark.parametrize("edit", parameters(TERRAFORM))
def test_terraform_test_fails(edit: Edit, bench: Bench) -> None:
    assert bench.passes(edit.noticed_by), f"{edit.noticed_by} fails without any removal"
    failures = bench.tried(edit)
    print(*(f"{f.run}: {f.summary}: {f.text}" for f in failures), sep="\n")
    assert failures, f"{edit.noticed_by} did not notice: {edit.find!r} -> {edit.replace!r} in {edit.file}"
    judged = [f for f in failures if f.summary in JUDGEMENTS]
    assert judged, f"no condition of ours failed, but: {[f.summary for f in failures]}"
    assert not edit.run or edit.run in {f.run for f in judged}


def test_the_removals_tried_always_cover_the_protections() -> None:
    assert Counter(edit.protects for edit in TERRAFORM if edit.protects) == Counter(PROTECTIONS)
