"""What a strategy is follows from one table, so that a new value of the contract is asked for everywhere or nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from generator import facts, places, rollouts, shifts
from generator.answers import Answers
from generator.answers.keys import keys
from generator.answers.model import Strategy
from generator.answers.nearest import ALIASES
from generator.answers.strategies import KINDS
from generator.errors import BugError
from tests.support import generated

ROOT = generated.TESTS.parent


def test_the_table_says_what_every_strategy_is() -> None:
    assert KINDS.keys() == set(get_args(Strategy))


@pytest.mark.parametrize(
    ("delivery", "question"),
    [
        ("native", lambda answers: facts.surge(answers, 4)),
        ("native", shifts.sides),
        ("native", shifts.shift_minutes),
        ("argo-rollouts", lambda answers: rollouts.roles(answers, answers.services[0])),
        ("argo-rollouts", lambda answers: rollouts.steps(answers, answers.services[0])),
    ],
)
def test_of_an_unknown_strategy_nothing_is_taken_for_granted(
    delivery: str, question: Callable[[Answers], object]
) -> None:
    answers = generated.answers(generated.CASES / "example.yml")
    other = msgspec.structs.replace(
        answers,
        deployment=msgspec.structs.replace(answers.deployment, strategy="recreate"),
        orchestration=msgspec.structs.replace(answers.orchestration, delivery=delivery),
    )
    with pytest.raises(BugError, match="does not say what the strategy recreate is"):
        question(other)


@pytest.mark.parametrize("root", [places.templates(), ROOT / "generator"], ids=lambda root: root.name)
def test_nothing_follows_from_what_a_strategy_is_not(root: Path) -> None:
    """A name that a strategy does not have says nothing of a new one."""
    sources = [path for path in root.rglob("*.py") if "tests" not in path.parts]
    assert len(sources) > 80
    assert [path.name for path in sources if re.search(r"\bstrategy (!=|not in) ", path.read_text())] == []


def test_what_a_choice_is_called_is_no_choice_itself() -> None:
    choices = {str(choice) for key in keys() for choice in key.choices}
    assert set(ALIASES) & choices == set()
