"""How many tasks run where, what size they have, and what each environment is told of it."""

from __future__ import annotations

from typing import Any

from generator.answers import Answers
from generator.answers.read import convert
from generator.parts import RootVariable
from tests.support import generated

context = generated.module("terraform-aws-ecs")
sizes = generated.module("terraform-aws-ecs", "sizes")


def answers(**more: Any) -> Answers:
    return convert(
        {
            "project": {"name": "shop"},
            "services": [{"name": "web"}, {"name": "jobs", "kind": "worker", "size": "large"}],
            "environments": ["dev", "prod"],
            "orchestration": {"platform": "ecs"},
            "scaling": {"min": 2, "max": 10},
            **more,
        }
    )


def told(given: Answers, environment: str) -> dict[str, Any]:
    parts = context.parts(given)
    return {p.name: p.value for p in parts if isinstance(p, RootVariable) and p.environment == environment}


def test_what_must_not_be_interrupted_runs_on_demand() -> None:
    given = answers()
    assert told(given, "prod")["capacity"]["on_demand_base"] == told(given, "prod")["scaling"]["min"] == 2
    assert told(given, "dev")["capacity"]["on_demand_base"] == 0


def test_commands_run_in_the_first_of_several_environments_alone() -> None:
    def allowed(*names: str) -> list[str]:
        given = answers(environments=list(names))
        return [name for name in names if told(given, name)["allow_exec"]]

    assert allowed("dev", "staging", "prod") == ["dev"]
    assert allowed("prod") == []


def test_each_public_service_has_its_host() -> None:
    given = answers(project={"name": "shop", "domain": "shop.example.org"})
    assert told(given, "dev")["service_hosts"] == {"web": "dev-web.shop.example.org"}
    workers = answers(services=[{"name": "jobs", "kind": "worker"}])
    assert "service_hosts" not in told(workers, "prod")


def test_the_quota_holds_a_release_at_full_load() -> None:
    # Ten tasks of a quarter and ten of a whole core, twice.
    assert sizes.most_vcpus(answers()) == 25


def test_the_table_of_sizes_says_where_tasks_run() -> None:
    rows = {row.what: row.values for row in sizes.size_rows(answers())}
    assert rows["Where they run"] == ("Spot", "2 on demand, beyond that 1 on demand to 1 Spot")
    assert rows["Tasks of each service"] == ("1 to 3", "2 to 10")
    assert rows["A task of jobs"] == ("1 vCPU, 2048 MiB",) * 2
    assert rows["Full load"][1] == "12.5 vCPU, 25 GiB"
