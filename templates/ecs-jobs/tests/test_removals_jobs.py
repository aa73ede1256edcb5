"""What removals.yml lists is taken out of the jobs on ECS, one thing at a time, and the named run notices it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.tree import Tree
from tests.support import generated
from tests.support.removals import Edit, edits
from tests.support.terraform.bench import Bench

CASE = Path(__file__).parent / "cases/jobs.yml"
EDITS = edits("ecs-jobs")
JUDGED = {"Test assertion failed", "Missing expected failure"}

pytestmark = [pytest.mark.slow, pytest.mark.tool("terraform")]


class WholeBench(Bench):
    """Terraform of the whole repository."""

    def render(self) -> Tree:
        return generated.rendering(CASE).tree


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = WholeBench(tmp_path_factory.mktemp("bench"), generated.answers(CASE), ())
    yield made
    made.servers.close()


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.id)
def test_a_removal_is_noticed(edit: Edit, bench: Bench) -> None:
    assert bench.passes(edit), f"{edit.run} fails without any removal"
    failures = bench.tried(edit)
    judged = {f.run for f in failures if f.summary in JUDGED}
    assert edit.run in judged, f"not noticed: {edit.find!r} -> {edit.replace!r}: {[f.summary for f in failures]}"


def test_there_are_enough_of_them() -> None:
    assert len(EDITS) >= 50
