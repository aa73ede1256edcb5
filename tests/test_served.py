"""What exists is taken, what does not exist yet is refused, and only the root of it."""

from __future__ import annotations

from typing import Any

import pytest

from generator.answers.settings import assign
from generator.errors import AnswersError, Problem
from generator.plan import check
from generator.served import settle


def refused(raw: dict[str, Any], known: tuple[Problem, ...] = ()) -> list[str]:
    with pytest.raises(AnswersError) as caught:
        settle({"project": {"name": "shop"}, **raw}, known=known)
    return [p.key for p in caught.value.problems]


def test_a_default_that_is_not_served_is_replaced_and_told() -> None:
    answers, fallbacks = settle({"project": {"name": "shop"}})
    assert not answers.monitoring.dashboards
    assert ("monitoring.dashboards", True, False) in [(f.key, f.default, f.taken) for f in fallbacks]


@pytest.mark.parametrize(
    ("raw", "keys"),
    [
        ({"cloud": {"provider": "gcp"}}, ["cloud.provider"]),
        ({"orchestration": {"platform": "vm"}}, ["orchestration.platform"]),
        (
            {
                "orchestration": {"platform": "ecs"},
                "services": [{"name": "web"}, {"name": "guess", "kind": "model"}],
            },
            ["services[1].kind"],
        ),
        ({"data": {"cdn": True}}, ["data.cdn"]),
        ({"cloud": {"provider": "asw"}, "slo": {"availability": 50}}, ["cloud.provider", "slo.availability"]),
        (
            {"services": [{"name": "a", "kind": "model", "schedule": "0 3 * * *"}]},
            ["services[0].schedule", "services[0].kind"],
        ),
    ],
)
def test_only_the_root_is_reported_with_everything_else_that_is_wrong(raw: dict[str, Any], keys: list[str]) -> None:
    assert refused(raw) == keys


def test_a_choice_that_a_rule_refuses_is_one_problem() -> None:
    raw = {
        "orchestration": {"platform": "ecs", "delivery": "argo-rollouts"},
        "deployment": {"strategy": "canary", "canary_steps": [10, 100], "canary_minutes": 1},
    }
    assert refused(raw) == ["orchestration.delivery"]


def test_what_several_components_refuse_is_told_at_once() -> None:
    raw = {
        "project": {"name": "shop"}, "services": [{"name": "tick", "kind": "worker"}],
        "orchestration": {"platform": "ecs"}, "deployment": {"strategy": "blue-green"},
        "environments": ["prod-rollback", "prod"],
    }  # fmt: skip
    answers = settle(raw)[0]
    with pytest.raises(AnswersError) as caught:
        check(answers)
    assert sorted(p.key for p in caught.value.problems) == ["deployment.strategy", "environments[0]"]


def test_what_was_written_in_another_form_gets_the_nearest_that_can_be_had() -> None:
    raw: dict[str, Any] = {
        "project": {"name": "shop"}, "orchestration": {"platform": "ecs"}, "deployment": {"strategy": "canary"},
    }  # fmt: skip
    wrong = assign(raw, ["deployment.canary_steps=30% 60% 100%", "deployment.canary_minutes=31"])
    with pytest.raises(AnswersError) as caught:
        settle(raw, known=wrong)
    assert [(p.key.partition(".")[2], p.nearest) for p in caught.value.problems] == [
        ("canary_steps", "30,60,90,100"),
        ("canary_minutes", "30"),
    ]


def test_what_is_wrong_already_stands_first() -> None:
    assert refused({"cloud": {"provider": "gcp"}}, (Problem("x", "no such key"),)) == ["x", "cloud.provider"]
