"""What several components must compute alike."""

from __future__ import annotations

import pytest

from generator import facts
from generator.answers import Answers
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
    assert facts.surge(strategy("rolling"), replicas) == added


@pytest.mark.parametrize("name", ["blue-green", "canary"])
def test_a_second_side_is_as_large_as_the_first(name: str) -> None:
    assert facts.surge(strategy(name), 7) == 7


def strategy(name: str) -> Answers:
    return convert({"project": {"name": "x"}, "services": [{"name": "a"}], "deployment": {"strategy": name}})


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


def networks(*environments: str) -> dict[str, str]:
    answers = convert({"project": {"name": "x"}, "services": [{"name": "a"}], "environments": list(environments)})
    return {name: facts.network_cidr(answers, name) for name in environments}


def test_an_environment_keeps_its_network_when_others_come_and_go() -> None:
    usual = networks("dev", "staging", "prod")
    assert usual == {"dev": "10.0.0.0/16", "staging": "10.16.0.0/16", "prod": "10.32.0.0/16"}
    for more in (("qa", "dev", "staging", "prod"), ("dev", "qa", "live-eu", "staging", "prod"), ("qa", "prod")):
        found = networks(*more)
        assert all(found[name] == usual.get(name, networks("qa", "prod").get(name, found[name])) for name in more)


def test_no_two_environments_share_a_network() -> None:
    """Two names that come to the same byte: production keeps its own, whatever stands before it."""
    names = [f"env-{number}" for number in range(400)]
    alone = {name: networks(name)[name] for name in names}
    first = next(n for n in names if any(alone[n] == alone[o] for o in names if o != n))
    second = next(n for n in names if n != first and alone[n] == alone[first])
    found = networks(first, second)
    assert found[second] == alone[second]
    assert found[first] != found[second]
    many = networks(*(f"stage-{number}" for number in range(8)))
    assert len(set(many.values())) == 8
    assert all(1 <= int(one.split(".")[1]) <= 255 for one in many.values())
