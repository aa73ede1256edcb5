"""What the role that releases may do: all that the scripts call, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.ecs import test_jobs
from tests.real.ecs.conftest import COMPONENTS, Stage, role
from tests.support import generated
from tests.support.ci_role import action, written

SHIFTING = generated.TEMPLATES / "ecs-shifting/tests/cases/jobs.yml"
BY_PEOPLE = "scripts/jobs.sh"
"""Runs with the rights of whoever calls it."""
UNWRITTEN = {
    "aps:QueryMetrics": "curl asks Prometheus, and signs for it (way.sh)",
}
"""What the role may do though no command says so, with the reason."""


@pytest.mark.parametrize("case", [test_jobs.CASE, SHIFTING], ids=generated.case_id)
def test_the_role_may_do_what_the_scripts_call_and_nothing_else(case: Path) -> None:
    tree = generated.made_by(case, *COMPONENTS)
    needed = written(type(tree)((path, file) for path, file in tree.items() if path != BY_PEOPLE))
    allowed = role(case).actions
    assert needed - allowed == set(), "every release would end in AccessDenied"
    assert allowed - needed == set(UNWRITTEN)


def test_what_a_release_calls_is_found_in_the_scripts(stage: Stage) -> None:
    """Else the comparison above would hold of nothing."""
    stage.released("v1")
    stage.deploy("v2", 2, JUDGE_SECONDS="0", JUDGE_MIN_ANSWERS="0")
    called = {action(call.service, call.operation) for call in stage.cloud.calls if call.service != "ecr"}
    assert len(called) > 10
    assert called - {"sts:GetCallerIdentity"} <= written(generated.made_by(test_jobs.CASE, *COMPONENTS))


@pytest.mark.parametrize("statement", ["UpdateServices", "LookAtAlarms"])
def test_without_a_right_no_release_is_good(stage: Stage, statement: str) -> None:
    may = role(test_jobs.CASE)
    left = type(may)(tuple(one for one in may.statements if one.name != statement), may.names)
    stage.cloud.rights = left.refused
    assert stage.deploy("v1", 1).returncode != 0
    assert stage.cloud.refused
    stage.cloud.refused.clear()
