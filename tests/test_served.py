"""What exists is taken, what does not exist yet is refused, and only the root of it."""

from __future__ import annotations

from typing import Any

import pytest

from generator.errors import AnswersError, Problem
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


def test_what_is_wrong_already_stands_first() -> None:
    assert refused({"cloud": {"provider": "gcp"}}, (Problem("x", "no such key"),)) == ["x", "cloud.provider"]
