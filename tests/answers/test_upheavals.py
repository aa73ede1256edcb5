"""What a change of answers replaces or abandons of what runs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from generator.answers.read import convert
from generator.answers.upheavals import upheavals

BEFORE: dict[str, Any] = {
    "project": {"name": "shop"},
    "environments": ["dev", "staging", "prod"],
    "services": [
        {"name": "web", "env": {"API_URL": "http://api:8080", "OTHER": "http://api-v2/rapid"}},
        {"name": "api"},
    ],
}


def told(change: Callable[[Any], object]) -> list[str]:
    data = copy.deepcopy(BEFORE)
    change(data)
    return list(upheavals(convert(BEFORE), convert(data)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["project"].update(name="store"), ["project.name is store instead of shop"]),
        (lambda d: d.update(environments=["dev", "prod"]), ["`make destroy ENV=staging`"]),
        (
            lambda d: d.update(environments=["dev", "staging", "live"]),
            ["`make destroy ENV=prod`", "production is live instead of prod"],
        ),
        (
            lambda d: d["services"][1].update(name="orders"),
            ["service api is gone or renamed", "service web still names api in its setting API_URL: http://api:8080"],
        ),
    ],
)
def test_each_is_told(change: Callable[[Any], object], words: list[str]) -> None:
    lines = told(change)
    assert len(lines) == len(words)
    assert all(word in line for word, line in zip(words, lines, strict=True))


@pytest.mark.parametrize(
    ("platform", "before", "after", "word"),
    [
        ("ecs", "rolling", "canary", "told once by hand"),
        ("ecs", "blue-green", "rolling", "an apply takes the other away"),
        ("ecs", "blue-green", "canary", ""),
        ("kubernetes", "rolling", "canary", ""),
    ],
)
def test_services_of_ecs_do_not_change_their_strategy_by_an_apply_alone(
    platform: str, before: str, after: str, word: str
) -> None:
    old, new = (
        convert(BEFORE | {"orchestration": {"platform": platform}, "deployment": {"strategy": strategy}})
        for strategy in (before, after)
    )
    lines = list(upheavals(old, new))
    assert len(lines) == bool(word)
    assert all(word in line for line in lines)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: None,
        lambda d: d.update(environments=["dev", "qa", "staging", "prod"]),
        lambda d: d.update(deployment={"max_p95_ms": 400}),
        lambda d: d["services"].append({"name": "mail"}),
        lambda d: d["services"].reverse(),
    ],
)
def test_what_moves_nothing_is_not_told(change: Callable[[Any], object]) -> None:
    assert told(change) == []


def test_without_the_old_answers_nothing_is_known() -> None:
    assert list(upheavals(None, convert(BEFORE))) == []
