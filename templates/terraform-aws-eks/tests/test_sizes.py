"""There are nodes for what the services ask for, by putting every pod on a node."""

from __future__ import annotations

from typing import Any

import pytest

from generator import facts
from generator.answers import Answers
from generator.answers.read import convert
from tests.support import generated

sizes = generated.module("terraform-aws-eks", "sizes")
NODE = (sizes.SIZES["node"]["cpu_millis"], sizes.SIZES["node"]["memory_mib"])


def answers(most: int, *kinds: str) -> Answers:
    services: list[dict[str, Any]] = [{"name": f"s{number}", "size": size} for number, size in enumerate(kinds)]
    return convert({"project": {"name": "x"}, "services": services, "scaling": {"min": 1, "max": most}})


def nodes_for(given: Answers, replicas: int) -> int:
    """How many nodes hold the replicas of all services, each pod on the first node with room, the large ones first."""
    free: list[list[int]] = []
    pods = [facts.REPLICA_SIZES[s.size] for s in given.services for _ in range(replicas)]
    for cpu, memory in sorted(pods, reverse=True):
        for node in free:
            if node[0] >= cpu and node[1] >= memory:
                node[0], node[1] = node[0] - cpu, node[1] - memory
                break
        else:
            free.append([NODE[0] - cpu, NODE[1] - memory])
    return len(free)


@pytest.mark.parametrize("production", [True, False])
@pytest.mark.parametrize("kinds", [("small",), ("large",), ("small", "medium", "large"), ("medium",) * 5])
@pytest.mark.parametrize("most", [1, 3, 10, 40])
def test_a_release_at_full_load_and_the_loss_of_a_zone_find_room(
    most: int, kinds: tuple[str, ...], production: bool
) -> None:
    given = answers(most, *kinds)
    replicas = facts.replicas(given, production=production)[1]
    per_zone = sizes.node_size(given, production=production).max_per_zone - sizes.SIZES["platform_per_zone"]
    assert nodes_for(given, replicas + facts.surge(given, replicas)) <= 3 * per_zone
    assert nodes_for(given, replicas) <= 2 * per_zone


def test_the_quota_that_is_asked_for_is_that_of_productions_nodes() -> None:
    given = answers(20, "large")
    assert sizes.vcpus(given) == 2 * 3 * sizes.node_size(given, production=True).max_per_zone


def test_the_table_shows_production_last_and_larger() -> None:
    rows = {row.what: row.values for row in sizes.size_rows(answers(40, "large"))}
    assert [values[0] == values[-1] for what, values in rows.items() if what != "Kubernetes"] == [False] * 4
