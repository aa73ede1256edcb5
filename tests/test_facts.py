"""What several components must compute alike."""

from __future__ import annotations

import pytest

from generator import facts
from generator.answers.read import convert


@pytest.mark.parametrize(
    ("bounds", "production", "others"),
    [((2, 10), (2, 10), (1, 3)), ((1, 2), (1, 2), (1, 2)), ((4, 4), (4, 4), (1, 3)), ((1, 1), (1, 1), (1, 1))],
)
def test_no_environment_has_more_replicas_than_production(
    bounds: tuple[int, int], production: tuple[int, int], others: tuple[int, int]
) -> None:
    answers = convert(
        {"project": {"name": "shop"}, "services": [{"name": "web"}], "scaling": {"min": bounds[0], "max": bounds[1]}}
    )
    assert facts.replicas(answers, production=True) == production
    assert facts.replicas(answers, production=False) == others


@pytest.mark.parametrize(("replicas", "added"), [(1, 1), (3, 1), (4, 1), (5, 2), (10, 3)])
def test_a_rollout_adds_at_least_one_and_rounds_up(replicas: int, added: int) -> None:
    assert facts.surge(replicas) == added


@pytest.mark.parametrize(("language", "keeps"), [("java", True), ("dotnet", True), ("ruby", True), ("go", False)])
def test_a_heap_that_hardly_shrinks_is_known(language: str, keeps: bool) -> None:
    (service,) = convert({"project": {"name": "x"}, "services": [{"name": "a", "language": language}]}).services
    assert facts.keeps_memory(service) == keeps
