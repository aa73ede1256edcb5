"""The workflow drift: when it runs, and what it says of plans that Terraform 1.11 wrote (`plans/*.json`, `terraform show -json`)."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.support import generated
from tests.support.workflow import Played, clocked, play, started

HERE: Final = Path(__file__).parent
CASES: Final = {
    "kubernetes": generated.CASES / "example.yml",
    "ecs": generated.TEMPLATES / "ecs/tests/cases/example.yml",
}
DIFFERS: Final = {
    "none": [],
    "drift": [
        "update terraform_data.changed",
        'create terraform_data.each["three"]',
        'delete terraform_data.each["two"]',
        "delete and create terraform_data.replaced",
    ],
}
TERRAFORM_SH: Final = """#!/usr/bin/env bash
echo "terraform.sh $*" >>asked
[[ ! -e fails ]] || exit 1
touch "$PLAN_FILE"
"""
TERRAFORM: Final = """#!/usr/bin/env bash
echo "terraform $*" >>asked
[[ -e "$PLAN_FILE" && -n "$TF_DATA_DIR" ]] || exit 1
if [[ "$*" == *-json* ]]; then cat shown; else echo a plan in words; fi
"""


@cache
def workflow(case: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(generated.tree(CASES[case])[".github/workflows/drift.yml"].text)
    return found


def rows(case: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = workflow(case)["jobs"]["plan"]["strategy"]["matrix"]["include"]
    return found


def planned(case: str, folder: Path, shown: str, row: int = 0) -> Played:
    """The job of one row, after which terraform shows this."""
    for path, text in {"scripts/terraform.sh": TERRAFORM_SH, "bin/terraform": TERRAFORM}.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
        (folder / path).chmod(0o755)
    (folder / "shown").write_text(shown)
    known = clocked("schedule", "main", workspace=str(folder)) | {"matrix": rows(case)[row]}
    return play(workflow(case)["jobs"]["plan"], known, folder)


def recorded(name: str) -> str:
    return (HERE / f"plans/{name}.json").read_text()


@pytest.mark.parametrize("case", CASES)
def test_it_runs_every_day_and_on_the_default_branch_alone(case: str) -> None:
    drift = workflow(case)
    (clock,) = drift[True]["schedule"]
    assert re.fullmatch(r"[0-5]?\d ([01]?\d|2[0-3]) \* \* \*", clock["cron"])
    for event in ("schedule", "workflow_dispatch"):
        assert {"plan", "issue"} <= set(started(drift, clocked(event, "main")))
    assert started(drift, clocked("workflow_dispatch", "feature")) == {}
    told = started(drift, clocked("schedule", "main"), {"plan": "failure"})
    assert told["issue"] == "success", "what could not be planned is said in the issue"
    assert ("notify" in told) == ("slack" in generated.answers(CASES[case]).monitoring.channels)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", DIFFERS)
def test_what_differs_is_what_would_change(case: str, name: str, tmp_path: Path) -> None:
    done = planned(case, tmp_path, recorded(name))
    assert done.code == 0, done.said
    assert (tmp_path / f"plan/{rows(case)[0]['name']}.txt").read_text().splitlines() == DIFFERS[name]
    left = {path.name for path in tmp_path.iterdir()}
    assert not left & {"drift.tfplan", "plan.json", "plan.txt"}, "a plan holds secrets"


def test_every_row_plans_its_own_root(tmp_path: Path) -> None:
    for number, row in enumerate(rows("kubernetes")):
        folder = tmp_path / row["name"]
        folder.mkdir()
        assert planned("kubernetes", folder, recorded("drift"), number).code == 0
        root = "infrastructure/terraform" if row["root"] == "main" else f"infrastructure/terraform/{row['root']}"
        plan = f"{folder}/drift.tfplan"
        assert (folder / "asked").read_text().splitlines() == [
            f"terraform.sh {row['root']} {row['environment']} plan",
            f"terraform -chdir={root} show -no-color {plan}",
            f"terraform -chdir={root} show -json {plan}",
        ]
        assert [path.name for path in (folder / "plan").iterdir()] == [f"{row['name']}.txt"]
        assert f"### {row['environment']}, root {row['root']}\n" in (folder / "GITHUB_STEP_SUMMARY").read_text()


WITHOUT_CHANGES: Final = json.dumps({"format_version": "1.2", "terraform_version": "1.11.4", "errored": False})


def test_an_empty_root_does_not_differ(tmp_path: Path) -> None:
    assert planned("ecs", tmp_path, WITHOUT_CHANGES).code == 0
    assert [path.read_text() for path in (tmp_path / "plan").iterdir()] == [""]


@pytest.mark.parametrize(
    "shown",
    [recorded("errored"), "", "{}", recorded("none")[:3000], '{"format_version": "1.2", "errored": true}'],
    ids=["a plan with errors", "nothing", "no plan", "cut off", "errors before the first change"],
)
def test_what_is_no_whole_plan_never_says_that_nothing_differs(shown: str, tmp_path: Path) -> None:
    """The step fails, and so nothing is handed on: the issue says that it could not be planned."""
    done = planned("kubernetes", tmp_path, shown)
    assert done.code != 0
    steps = workflow("kubernetes")["jobs"]["plan"]["steps"]
    assert [step.get("if") for step in steps[-2:]] == [None, None]


def test_a_plan_that_fails_ends_the_job(tmp_path: Path) -> None:
    (tmp_path / "fails").touch()
    assert planned("kubernetes", tmp_path, recorded("none")).code == 1
    assert not (tmp_path / "plan").exists()
