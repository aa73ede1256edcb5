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


FARGATE = {256: {512, 1024, 2048}, 512: {1024, 2048, 3072, 4096}, 1024: {2048, 3072, 4096, 5120, 6144, 7168, 8192}}
"""MiB that Fargate sells, by 1024ths of a core."""


@pytest.mark.parametrize(("size", "task"), [("small", (256, 512)), ("medium", (512, 1024)), ("large", (1024, 2048))])
def test_a_task_has_a_size_that_fargate_has(size: str, task: tuple[int, int]) -> None:
    assert facts.task_size(facts.REPLICA_SIZES[size]) == task


@pytest.mark.parametrize("size", [*facts.REPLICA_SIZES.values(), *facts.PREVIEW_DATABASE_SIZES.values()])
def test_every_size_is_one_that_fargate_sells(size: tuple[int, int]) -> None:
    cpu, memory = facts.task_size(size)
    assert memory in FARGATE[cpu]


def test_a_preview_has_room_for_the_engine_with_its_own_settings() -> None:
    """MySQL 8.4 takes about 500 MiB when nobody asks for anything."""
    assert set(facts.PREVIEW_DATABASE_SIZES) == set(facts.DATABASE_PORTS)
    assert facts.PREVIEW_DATABASE_SIZES["mysql"][1] >= 1024
