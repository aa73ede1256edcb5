"""What the compose file adds to the services: names, ports and variables, the database, the order of starting."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from generator import facts
from generator.component import Answers, Service, load_yaml, pins
from generator.formats import compose_quote


@dataclass(frozen=True)
class Variable:
    """An environment variable of the compose file; `text` is YAML, `$` doubled unless it interpolates."""

    name: str
    text: str


@dataclass(frozen=True)
class Dependency:
    """What must be so before a container starts."""

    name: str
    condition: str


@dataclass(frozen=True)
class Container:
    """A container of the compose file that is no service of the answers."""

    name: str
    image: str
    host_port: int = 0
    user: str = ""
    folder: str = ""
    tmpfs: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    environment: tuple[Variable, ...] = ()


def database_of(answers: Answers, name: str) -> Container:
    """The database's container; Postgres where there is none, for the name alone."""
    kinds = load_yaml(__file__, "databases.yml")
    row = kinds[answers.data.database if answers.data.database in kinds else "postgres"]
    return msgspec.convert(row | {"name": name, "image": pins().image(row["image"])}, Container)


def environment_of(answers: Answers, service: Service, database: str) -> tuple[Variable, ...]:
    """The variables that the platform sets in production, then the service's own."""
    given = {"ENVIRONMENT": "local"} | ({"PORT": str(service.port)} if service.kind != "job" else {})
    if answers.data.database != "none":
        port = str(facts.DATABASE_PORTS[answers.data.database])
        given |= {"DATABASE_HOST": database, "DATABASE_PORT": port, "DATABASE_NAME": "app", "DATABASE_USERNAME": "app"}
    secrets = (("DATABASE_PASSWORD",) if answers.data.database != "none" else ()) + service.secrets
    plain = (Variable(name, compose_quote(value)) for name, value in (given | service.env).items())
    return (*plain, *(Variable(name, f'"${{{name}:?set {name} in .env}}"') for name in secrets))


def interpolates(answers: Answers) -> bool:
    """Whether the compose file takes any variable from .env."""
    return answers.data.database != "none" or any(service.secrets for service in answers.services)


def dependencies_of(answers: Answers, database: str, migration: str) -> tuple[Dependency, ...]:
    """What a service waits for: the database, and its migration where it has one."""
    if answers.data.database == "none":
        return ()
    healthy = Dependency(database, "service_healthy")
    return (healthy, Dependency(migration, "service_completed_successfully")) if migration else (healthy,)


def free_name(name: str, taken: set[str]) -> str:
    """A name for a container that no service has."""
    while name in taken:
        name += "-local"
    return name


def free_port(port: int, taken: set[int]) -> int:
    """The port, or the next one that is free; it is taken from then on."""
    while port in taken:
        # 65535 is the last one; going on from 1024 stays below the ports that only root may use.
        port = port + 1 if port < 65535 else 1024
    taken.add(port)
    return port
