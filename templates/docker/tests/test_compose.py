"""Names, ports and variables of the compose file, beside those of the services."""

from __future__ import annotations

from typing import Any

from generator.answers import Answers
from generator.answers.read import convert
from generator.parts import Parts
from tests.support import generated

compose = generated.module("docker", "compose")
context = generated.module("docker")


def answers(*services: dict[str, Any], database: str = "none") -> Answers:
    return convert({"project": {"name": "x"}, "services": list(services), "data": {"database": database}})


def test_a_port_is_taken_once_and_counts_on_from_1024() -> None:
    taken: set[int] = set()
    assert [compose.free_port(port, taken) for port in (8080, 8080, 8081, 65535, 65535)] == [
        8080, 8081, 8082, 65535, 1024,
    ]  # fmt: skip


def test_services_keep_their_ports_and_prometheus_takes_what_is_left() -> None:
    view = context.build(answers({"name": "a", "port": 9090}, {"name": "b", "port": 9090}), Parts(()))
    assert [s.host_port for s in view.services] == [9090, 9091]
    assert view.prometheus.host_port == 9092


def test_a_store_gives_way_to_services_of_its_name() -> None:
    assert compose.free_name("database", {"web"}) == "database"
    assert compose.free_name("database", {"database", "database-local"}) == "database-local-local"


def test_compose_expands_nothing_of_a_value_and_asks_for_every_secret() -> None:
    given = answers({"name": "a", "env": {"PRICE": "5$"}, "secrets": ["KEY"]}, database="mysql")
    found = {v.name: v.text for v in compose.environment_of(given, given.services[0], "db")}
    assert (found["DATABASE_HOST"], found["DATABASE_PORT"]) == ('"db"', '"3306"')
    assert found["PRICE"] == '"5$$"'
    assert found["KEY"] == '"${KEY:?set KEY in .env}"'


def test_values_are_asked_for_only_where_something_reads_them() -> None:
    assert not compose.interpolates(answers({"name": "a"}))
    assert compose.interpolates(answers({"name": "a"}, database="postgres"))
    assert compose.interpolates(answers({"name": "a"}, {"name": "b", "secrets": ["KEY"]}))


def test_a_service_waits_for_its_migration_only_with_a_database() -> None:
    service = {"name": "a", "commands": {"migrate": "uv run x"}}
    for database, wanted in (("none", []), ("postgres", ["database", "a-migrate"])):
        (view,) = context.build(answers(service, database=database), Parts(())).services
        assert [d.name for d in view.depends] == wanted
