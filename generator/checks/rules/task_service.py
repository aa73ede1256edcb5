"""A service finds the container and port of its task, and the release its roles and secret

A service of ECS leads its load balancer to a container, and other services to a port, by their names; a release puts
the image into the container that is called after the service, and the names of roles and secrets from a table of the
scripts into the task. A name that the task does not have is refused when the release is on its way. In a repository
of agency-scaffold each task definition is held to the service that it is called after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.hcl import Body
from generator.checks.models import release_table, service_names, services
from generator.checks.models.ours import is_ours
from generator.checks.models.release_table import Row
from generator.checks.models.terraform_settings import of
from generator.checks.rule import Flaw, Format, at, one_of
from generator.checks.source import Sources, name, shared, text

FORMAT = Format.JSON

_TABLE: Final = "RELEASE_TASKS"
_LONGEST: Final = 64
"""Letters of the name of a role; a longer one is cut, and unlike the others."""
_NONE: Final = "-"
"""In the table: a service without a secret."""


def files(sources: Sources) -> Iterator[str]:
    if is_ours(sources) and release_table.rows(sources, release_table.PLATFORM, _TABLE):
        yield from (path for path in services.tasks(sources) if _service(sources, path))
        yield release_table.PLATFORM


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path == release_table.PLATFORM:
        yield from _rows(sources)
        return
    service = _service(sources, path)
    containers = services.task_containers(sources, path)
    names = [one.at("name") for one in containers]
    own = [one for one in containers if one.at("name").text == service]
    if containers and not own:
        message = f"no container of the task is called {service}: a release would put its image nowhere"
        yield at(names[0], message, f"Write {service}.")
    ports = [port.at("name") for one in containers for port in one.at("portMappings").items]
    for wanted in sorted(_asked(sources)) if ports else ():
        if wanted not in {port.text for port in ports}:
            message = f"the service of {service} leads to the port {wanted}, which its task does not have"
            yield at(ports[0], message, f"Write {wanted}.")


def _service(sources: Sources, path: str) -> str:
    """The service that a task definition is of; "" for another's."""
    stem = name(path).removesuffix(".json")
    return stem if stem in service_names.known(sources) and "/preview/" not in path else ""


@shared
def _asked(sources: Sources) -> frozenset[str]:
    """The names of ports that the services of Terraform ask of every task."""
    found: set[str] = set()
    for one in of(sources, "aws_ecs_service"):
        if one.body.get("for_each"):
            found |= set(_ports(one.body))
    return frozenset(found)


def _ports(body: Body) -> Iterator[str]:
    given = body.get("port_name")
    if given and given.literal:
        yield given.literal
    for block in body.blocks:
        yield from _ports(block.body)


def _rows(sources: Sources) -> Iterator[Flaw]:
    """What is said of one environment and service otherwise than of all others."""
    rows = [row for row in release_table.rows(sources, release_table.PLATFORM, _TABLE) if len(row.words) > 4]
    for number in range(2, 4):
        patterns = [row.words[number].replace(f"-{row.words[0]}-{row.words[1]}-", "-{}-{}-") for row in rows]
        counts = Counter(patterns)
        usual = max(counts, key=lambda one: counts[one], default="")
        for row, pattern in zip(rows, patterns, strict=True) if usual.count("{}") == 2 and len(counts) == 2 else ():
            right = usual.format(row.words[0], row.words[1])
            if counts[pattern] == 1 < counts[usual] - 1 and len(right) <= _LONGEST:
                message = f"the role of {row.words[1]} in {row.words[0]} is {row.words[number]}, unlike all others"
                yield Flaw(row.line, message, f"Write {right}.", row.column(number))
    for row in rows:
        yield from _secret(sources, row, rows)


def _secret(sources: Sources, row: Row, rows: list[Row]) -> Iterator[Flaw]:
    """What is wrong with the secret of a row: its task asks for one, or it is another's."""
    environment, service, given = row.words[0], row.words[1], row.words[4]
    paths = [path for path in services.tasks(sources) if _service(sources, path) == service]
    asks = any('"undeployed:' in text(sources, path) for path in paths)
    named = sorted({one.words[4].replace(one.words[0], "{}", 1) for one in rows if one.words[1] == service} - {_NONE})
    right = [one.replace("{}", environment) for one in named]
    if given == _NONE and asks:
        message = f"the task of {service} asks for keys of its secret, and the table has none for {environment}"
        yield Flaw(row.line, message, one_of(right, f"Write the name of its secret in {environment}."), row.column(4))
    elif given != _NONE and (f"/{environment}/" not in given or not given.endswith(f"/{service}")):
        message = f"{given} is not the secret of {service} in {environment}"
        yield Flaw(row.line, message, one_of([one for one in right if one != given]), row.column(4))
