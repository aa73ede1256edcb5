"""Steps and looks of Argo Rollouts: for all answers they take the minutes that were asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import rollouts
from generator.answers.model import Answers
from generator.errors import AnswersError
from generator.served import settle

STEPS = st.sets(st.integers(1, 99), max_size=60).map(lambda percents: [*sorted(percents), 100])


def settled(strategy: str, **deployment: object) -> Answers:
    services = [
        {"name": "web"},
        {"name": "api", "public": False},
        {"name": "night", "kind": "job", "schedule": "5 3 * * *"},
    ]
    return settle(
        {
            "project": {"name": "shop"},
            "services": services,
            "orchestration": {"delivery": "argo-rollouts"},
            "deployment": {"strategy": strategy, **deployment},
        }
    )[0]


@given(steps=STEPS, minutes=st.integers(60, 180))
def test_the_parts_take_the_minutes_to_the_second(steps: list[int], minutes: int) -> None:
    answers = settled("canary", canary_steps=steps, canary_minutes=minutes)
    web, api, _ = answers.services
    usual = rollouts.part(answers)
    for service in (web, api):
        made = rollouts.steps(answers, service)
        assert [step.weight for step in made if step.weight] == steps
        parts = [step for step in made if step.analysis == "step"]
        assert len(parts) == len(steps) - 1
        took = [(step.first or usual.first) + rollouts.LOOK_SECONDS * (usual.count - 1) for step in parts]
        assert sum(took) == (minutes * 60 if parts else 0)
        assert all(
            first >= rollouts.WINDOW_SECONDS for first in [usual.first, *(one.first for one in parts if one.first)]
        )
        assert made[-1] == rollouts.Step(analysis="bake")
        assert [step.analysis for step in made].count("smoke") == 1


@given(minutes=st.integers(1, 60))
def test_a_look_is_at_the_end_and_one_more_may_be_bad_than_is_needed_to_fail(minutes: int) -> None:
    looks = rollouts.looks(minutes * 60)
    assert looks.first + rollouts.LOOK_SECONDS * (looks.count - 1) == minutes * 60
    assert rollouts.WINDOW_SECONDS <= looks.first < rollouts.WINDOW_SECONDS + rollouts.LOOK_SECONDS
    assert 0 <= looks.spare < looks.count


@pytest.mark.parametrize(
    ("minutes", "count", "spare"), [(1, 1, 0), (2, 3, 2), (10, 19, 2), (11, 21, 3), (60, 119, 7), (240, 479, 25)]
)
def test_the_longer_it_looks_the_more_looks_may_be_bad(minutes: int, count: int, spare: int) -> None:
    looks = rollouts.looks(minutes * 60)
    assert (looks.count, looks.spare) == (count, spare)


@pytest.mark.parametrize(("minutes", "refused"), [(3, True), (4, False)])
def test_a_part_that_is_over_before_its_numbers_is_refused(minutes: int, refused: bool) -> None:
    if not refused:
        assert settled("canary", canary_steps=[5, 10, 20, 50, 100], canary_minutes=minutes)
        return
    with pytest.raises(AnswersError) as caught:
        settled("canary", canary_steps=[5, 10, 20, 50, 100], canary_minutes=minutes)
    (problem,) = caught.value.problems
    assert (problem.key, problem.nearest) == ("deployment.canary_minutes", "4")
    assert settled("canary", canary_steps=[5, 10, 20, 50, 100], canary_minutes=int(problem.nearest))


def test_minutes_that_were_not_asked_for_follow_the_steps() -> None:
    steps = [*range(1, 51), 100]
    assert settled("canary", canary_steps=steps).deployment.canary_minutes == 50


@pytest.mark.parametrize(
    ("strategy", "web", "api"),
    [
        ("rolling", (), ()),
        ("blue-green", ("canary", "ping", "pong"), ("preview",)),
        ("canary", ("canary", "ping", "pong"), ("canary",)),
    ],
)
def test_who_is_led_to_how(strategy: str, web: tuple[str, ...], api: tuple[str, ...]) -> None:
    answers = settled(strategy)
    first, second, job = answers.services
    assert [rollouts.roles(answers, one) for one in (first, second, job)] == [web, api, ()]
    assert rollouts.blue_green(answers, second) is (strategy == "blue-green")
    assert not rollouts.blue_green(answers, first), "a load balancer learns too late of what a Service turned to"
    assert set(web) | set(api) <= set(rollouts.ROLES)


def test_nothing_of_it_without_the_controller() -> None:
    answers = settle(
        {"project": {"name": "shop"}, "services": [{"name": "web"}], "deployment": {"strategy": "canary"}}
    )[0]
    (web,) = answers.services
    assert not rollouts.controlled(answers)
    assert rollouts.roles(answers, web) == rollouts.steps(answers, web) == ()
    assert rollouts.backends(answers, web) == (("web", 100),)
