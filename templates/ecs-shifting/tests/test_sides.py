"""What ECS says of a deployment that moves requests, read by the script: half an answer is none, and the newest one counts."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import generated

HEAD = """\
set -Eeuo pipefail
export CLUSTER_NAME=shop WORK=.
unclear() { WHY="the answer of AWS is not understood"; return 1; }
# The answer of an operation is the text of its file; what was asked for last is kept.
ask() { echo "${@: -1}" >asked; cat "$3" >"$1"; }
source ./sides.sh
"""
SERVICE = {"serviceName": "web", "status": "ACTIVE", "deploymentConfiguration": {"strategy": "CANARY"}}
ARN = "arn:aws:ecs:eu-central-1:1:service-deployment/shop/web/"


def listed(*names: str) -> dict[str, Any]:
    """Deployments, the newest first; a name's last character is its minute."""
    return {
        "serviceDeployments": [
            {"serviceDeploymentArn": ARN + name, "createdAt": f"2026-01-01T00:0{name[-1]}:00+00:00"} for name in names
        ]
    }


def told(**more: Any) -> dict[str, Any]:
    return {"serviceDeployments": [{"serviceDeploymentArn": ARN + "b2", "status": "IN_PROGRESS", **more}]}


def sides(folder: Path, listing: Any, described: Any, service: Any = SERVICE) -> Any:
    """What is written of the service; the reason where the answers are not understood."""
    shutil.copy(generated.TEMPLATES / "ecs-shifting/files/sides.sh", folder)
    (folder / "services.json").write_text(json.dumps({"services": [service]}))
    for name, text in {"list-service-deployments": listing, "describe-service-deployments": described}.items():
        (folder / name).write_text(text if isinstance(text, str) else json.dumps(text))
    program = 'snapshot_sides 2>/dev/null && cat sides.json || echo "\\"$WHY\\""'
    done = subprocess.run(
        ["bash", "-c", HEAD + program], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    return json.loads(done.stdout)


def test_the_newest_deployment_counts_however_they_are_listed(tmp_path: Path) -> None:
    for order in (("a1", "b2"), ("b2", "a1")):
        sides(tmp_path, listed(*order), told())
        assert (tmp_path / "asked").read_text().strip() == ARN + "b2"


@pytest.mark.parametrize("listing", ["{}", "[]", "{", '{"serviceDeployments": 1}'])
def test_half_a_list_is_no_empty_one(tmp_path: Path, listing: str) -> None:
    assert sides(tmp_path, listing, told()) == "the answer of AWS is not understood"


@pytest.mark.parametrize("described", ["", "{}", '{"serviceDeployments": []}', '{"serviceDeployments": [{}]}'])
def test_a_deployment_that_is_not_described_is_not_over(tmp_path: Path, described: str) -> None:
    assert sides(tmp_path, listed("b2"), described) == "the answer of AWS is not understood"


def test_a_service_without_deployments_or_whose_tasks_are_replaced_has_no_sides(tmp_path: Path) -> None:
    assert sides(tmp_path, listed(), told()) == {}
    for configuration in ({"strategy": "ROLLING"}, {}):
        assert sides(tmp_path, "", "", SERVICE | {"deploymentConfiguration": configuration}) == {}


@pytest.mark.parametrize(
    ("status", "stage", "weight", "aside"),
    [
        ("PENDING", "PRE_SCALE_UP", 0, False),
        ("IN_PROGRESS", "SCALE_UP", 0, False),
        ("IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", 10, False),
        # Whether it comes after each step is not documented.
        ("IN_PROGRESS", "POST_PRODUCTION_TRAFFIC_SHIFT", 10, False),
        ("IN_PROGRESS", "POST_PRODUCTION_TRAFFIC_SHIFT", 100, True),
        ("IN_PROGRESS", "POST_PRODUCTION_TRAFFIC_SHIFT", None, True),
        ("IN_PROGRESS", "BAKE_TIME", 100, True),
        ("IN_PROGRESS", "CLEAN_UP", 100, True),
        ("ROLLBACK_REQUESTED", "BAKE_TIME", 100, False),
        ("ROLLBACK_IN_PROGRESS", "BAKE_TIME", 0, True),
        ("ROLLBACK_IN_PROGRESS", "BAKE_TIME", None, False),
        ("STOPPED", "BAKE_TIME", 0, False),
        ("SUCCESSFUL", "CLEAN_UP", 100, False),
    ],
)
def test_old_tasks_are_aside_when_no_request_goes_to_them(
    tmp_path: Path, status: str, stage: str, weight: float | None, aside: bool
) -> None:
    revision = {} if weight is None else {"requestedProductionTrafficWeight": weight}
    found = sides(tmp_path, listed("b2"), told(status=status, lifecycleStage=stage, targetServiceRevision=revision))
    assert found["web"]["aside"] is aside


@pytest.mark.parametrize(
    ("sources", "first"),
    [
        ([], True),
        ([{"requestedTaskCount": 0, "runningTaskCount": 0}], True),
        ([{"requestedTaskCount": 2, "runningTaskCount": 0}], False),
        ([{"runningTaskCount": 1}], False),
    ],
)
def test_where_nothing_ran_before_there_is_nothing_to_go_back_to(tmp_path: Path, sources: Any, first: bool) -> None:
    found = sides(tmp_path, listed("b2"), told(sourceServiceRevisions=sources))
    assert found["web"]["first"] is first


def test_the_reason_of_going_back_comes_before_that_of_the_status(tmp_path: Path) -> None:
    assert sides(tmp_path, listed("b2"), told(statusReason="x"))["web"]["why"] == "x"
    both = told(statusReason="x", rollback={"reason": "y"})
    assert sides(tmp_path, listed("b2"), both)["web"]["why"] == "y"
