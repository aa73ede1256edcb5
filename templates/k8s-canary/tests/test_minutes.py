"""A release takes the minutes of the answers: each part of the users is judged for its share of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from generator.answers import Answers
from generator.tree import Tree
from tests.support import generated

CASE = Path(__file__).parent / "cases/services.yml"
LIB = "scripts/lib/"
# What a step does, a line each; the new version begins with the first part of the users.
STEPS = """\
set -Eeuo pipefail
long_running() { echo web; }
source scripts/lib/strategy.sh
log() { :; }
resize() { :; }
rolled_out() { :; }
names_on() { :; }
strategy_limit_seconds() { echo 300; }
lead() { echo "$4 %"; }
judge() { echo "$1 for $2 s"; }
OTHER=green STABLE=blue PERCENT="${RELEASE_CANARY_STEPS%% *}"
_steps folder v2
"""


def steps(answers: Answers, folder: Path) -> list[str]:
    made = generated.tree_of(answers)
    generated.write(Tree((path, file) for path, file in made.items() if path.startswith(LIB)), folder)
    done = subprocess.run(["bash", "-c", STEPS], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("percents", "minutes", "seconds"), [([5, 20, 60, 100], 45, 900), ([10, 50, 100], 7, 210), ([100], 45, 0)]
)
def test_each_part_of_the_users_is_judged_for_its_share_of_the_minutes(
    percents: list[int], minutes: int, seconds: int, tmp_path: Path
) -> None:
    deployment = {"strategy": "canary", "canary_steps": percents, "canary_minutes": minutes}
    answers = generated.settle({**generated.raw(CASE), "deployment": deployment})[0]
    parts = [line for percent in percents[:-1] for line in (f"{percent} %", f"v2 for {seconds} s")]
    assert steps(answers, tmp_path) == parts
