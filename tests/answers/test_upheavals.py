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
        (lambda d: d.update(environments=["dev", "prod"]), ["`make infra-destroy ENV=staging`"]),
        (
            lambda d: d.update(environments=["dev", "staging", "live"]),
            ["`make infra-destroy ENV=prod`", "production is live instead of prod"],
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


NATIVE, ARGO, ECS = ("kubernetes", "native"), ("kubernetes", "argo-rollouts"), ("ecs", "native")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ((*ECS, "rolling"), (*ECS, "canary"), ("`make infra-bootstrap ENV=dev`", "before it is merged", "From rolling to moved requests")),
        ((*ECS, "blue-green"), (*ECS, "rolling"), ("before it is merged", "Back to rolling")),
        ((*ECS, "blue-green"), (*ECS, "canary"), ()),
        ((*NATIVE, "rolling"), (*NATIVE, "canary"), ("`make infra-platform ENV=dev`", "before it is merged", '"Another strategy"')),
        ((*NATIVE, "canary"), (*NATIVE, "rolling"), ("`make infra-platform ENV=dev`", '"Another strategy"')),
        ((*ARGO, "rolling"), (*ARGO, "blue-green"), ("`make infra-platform ENV=dev`", '"Another strategy"')),
        ((*NATIVE, "rolling"), (*ARGO, "rolling"), ("`make infra-platform ENV=dev`", "From native to Argo Rollouts")),
        ((*NATIVE, "rolling"), (*ARGO, "canary"), ("delivery is argo-rollouts", "strategy is canary", "From native to Argo Rollouts")),
        ((*ARGO, "canary"), (*NATIVE, "rolling"), ("released to every environment first", "From Argo Rollouts to native")),
        ((*ARGO, "canary"), (*NATIVE, "canary"), ("deployment.strategy=rolling first", "From Argo Rollouts to native")),
        ((*ARGO, "canary"), (*ARGO, "canary"), ()),
    ],
)  # fmt: skip
def test_another_way_to_release_says_what_comes_before_its_merge(
    before: tuple[str, ...], after: tuple[str, ...], words: tuple[str, ...]
) -> None:
    old, new = (
        convert(
            BEFORE | {"orchestration": {"platform": one[0], "delivery": one[1]}, "deployment": {"strategy": one[2]}}
        )
        for one in (before, after)
    )
    lines = list(upheavals(old, new))
    assert len(lines) == bool(words)
    assert all(word in line for line in lines for word in words)


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
