"""What ECS can make of the steps of a canary, and what is taken or named where it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from generator import shifts
from generator.errors import AnswersError
from generator.served import settle
from generator.shifts import Shift, Steps

BASE = {"project": {"name": "shop"}, "orchestration": {"platform": "ecs"}}


def settled(**deployment: Any) -> tuple[Any, dict[str, Any]]:
    answers, fallbacks = settle(BASE | {"deployment": deployment})
    return answers, {f.key: f.taken for f in fallbacks if f.key.startswith("deployment.")}


@pytest.mark.parametrize(
    ("steps", "known"),
    [
        ([10, 100], Steps("CANARY", 10, 1)),
        ([1, 100], Steps("CANARY", 1, 1)),
        ([50, 100], Steps("CANARY", 50, 1)),
        ([25, 50, 75, 100], Steps("LINEAR", 25, 3)),
        ([30, 60, 90, 100], Steps("LINEAR", 30, 3)),
        ([3 * n for n in range(1, 34)] + [100], Steps("LINEAR", 3, 33)),
        ([100], Steps("LINEAR", 100, 0)),
        ([2 * n for n in range(1, 51)], None),
        ([10, 25, 50, 100], None),
        ([20, 50, 100], None),
        ([25, 50, 100], None),
    ],
)
def test_steps_are_one_part_and_everything_or_equal(steps: list[int], known: Steps | None) -> None:
    assert shifts.known(steps) == known


@pytest.mark.parametrize(
    ("deployment", "shift", "longer"),
    [
        ({"strategy": "blue-green"}, Shift("BLUE_GREEN", 100, 0, 15), 5),
        ({"strategy": "blue-green", "bake_minutes": 60}, Shift("BLUE_GREEN", 100, 0, 65), 5),
        ({"strategy": "canary", "canary_steps": [5, 100]}, Shift("CANARY", 5, 30, 15), 35),
        ({"strategy": "canary", "canary_steps": [25, 50, 75, 100]}, Shift("LINEAR", 25, 10, 15), 35),
        ({"strategy": "canary", "canary_steps": [100]}, Shift("LINEAR", 100, 30, 15), 35),
    ],
)
def test_the_minutes_of_the_answers_are_those_of_ecs(deployment: Any, shift: Shift, longer: int) -> None:
    answers, taken = settled(**deployment)
    assert taken == {}
    assert shifts.shift(answers) == shift
    assert shifts.more_minutes(answers) == longer


def test_a_rolling_release_takes_no_longer_and_is_asked_for_nothing() -> None:
    answers, taken = settled(canary_steps=[5, 20, 100], canary_minutes=1440)
    assert (shifts.shifting(answers), shifts.more_minutes(answers), taken) == (False, 0, {})
    kubernetes = settle({"project": {"name": "shop"}})[0]
    assert not shifts.shifting(kubernetes)


@pytest.mark.parametrize(
    ("deployment", "taken"),
    [
        ({}, {"deployment.canary_steps": [10, 100]}),
        # As an answers file has it that was written for another strategy.
        ({"canary_steps": [10, 25, 50, 100], "canary_minutes": 30}, {"deployment.canary_steps": [10, 100]}),
        ({"canary_steps": [20, 40, 60, 80, 100]}, {"deployment.canary_minutes": 32}),
    ],
)
def test_a_default_is_never_refused_but_replaced_and_told(deployment: dict[str, Any], taken: dict[str, Any]) -> None:
    answers, found = settled(strategy="canary", **deployment)
    assert found == taken
    assert [list(answers.deployment.canary_steps), answers.deployment.canary_minutes] == [
        taken.get("deployment.canary_steps", deployment.get("canary_steps")),
        taken.get("deployment.canary_minutes", 30),
    ]


@pytest.mark.parametrize(
    ("deployment", "key", "nearest"),
    [
        ({"canary_steps": [5, 20, 100]}, "deployment.canary_steps", "5,100"),
        ({"canary_steps": [2, 4, 6, 100]}, "deployment.canary_steps", "2,100"),
        ({"canary_steps": [25, 50, 75, 100], "canary_minutes": 31}, "deployment.canary_minutes", "30"),
        ({"canary_steps": [25, 50, 75, 100], "canary_minutes": 1}, "deployment.canary_minutes", "3"),
        # Every step that was wanted stays, or the first alone: what is nearer.
        ({"canary_steps": [30, 60, 100]}, "deployment.canary_steps", "30,60,90,100"),
        ({"canary_steps": [20, 50, 100]}, "deployment.canary_steps", "20,100"),
        (
            {"canary_steps": [13 * n for n in range(1, 8)] + [100], "canary_minutes": 1439},
            "deployment.canary_minutes",
            "280",
        ),
    ],
)
def test_what_was_given_is_refused_with_the_nearest(deployment: dict[str, Any], key: str, nearest: str) -> None:
    with pytest.raises(AnswersError) as caught:
        settled(strategy="canary", **deployment)
    assert [(p.key, p.nearest) for p in caught.value.problems] == [(key, nearest)]


def test_a_refusal_says_what_ecs_can() -> None:
    with pytest.raises(AnswersError) as caught:
        settled(strategy="canary", canary_steps=[20, 40, 60, 80, 100], canary_minutes=31)
    (problem,) = caught.value.problems
    assert problem.message == "with these steps ECS waits 4 times, each time the same whole minutes"
    assert (problem.valid, problem.nearest) == ("a multiple of 4: 4, 8, 12 ...", "32")


def test_all_that_cannot_be_is_told_at_once_and_the_nearest_can() -> None:
    deployment = {"strategy": "canary", "canary_steps": [30, 60, 100], "canary_minutes": 1000}
    with pytest.raises(AnswersError) as caught:
        settled(**deployment)
    nearest = {p.key.partition(".")[2]: p.nearest for p in caught.value.problems}
    assert nearest == {"canary_steps": "30,60,90,100", "canary_minutes": "285"}
    settled(**deployment | {"canary_steps": [30, 60, 90, 100], "canary_minutes": 285})


def test_why_a_default_is_replaced_is_told() -> None:
    _, fallbacks = settle(BASE | {"deployment": {"strategy": "canary"}})
    why = {f.key: f.why for f in fallbacks}
    assert why["deployment.canary_steps"].startswith(
        "ECS leads one part there and then everybody, or takes equal steps"
    )
    assert why["monitoring.dashboards"] == "not served yet"


def test_steps_that_do_not_rise_are_no_news_twice() -> None:
    with pytest.raises(AnswersError) as caught:
        settled(strategy="canary", canary_steps=[50, 10])
    assert [p.message for p in caught.value.problems] == ["must rise and end at 100"]
