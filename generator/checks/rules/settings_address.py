"""Addresses in the settings of a service lead to services that are there

A service that asks `http://api:8080` of a name that nothing has, or of a port that nobody listens on, fails at the
first request, with every check green. ConfigMaps, compose files and tasks of ECS are judged, in repositories of
agency-scaffold: elsewhere a short name may be one of the network's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import compose, kubernetes, services
from generator.checks.models.ours import is_ours
from generator.checks.models.service_fact import PORT
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean
from generator.checks.source import Sources, lines

FORMAT = Format.KUBERNETES

_ADDRESS: Final = re.compile(r"\bhttps?://([a-z][a-z0-9-]*)(?::(\d+))?(?=[/\"'\s]|$)")
_ITSELF: Final = "localhost"


def files(sources: Sources) -> Iterator[str]:
    if is_ours(sources) and services.facts(sources, PORT):
        settings = (one.path for one in kubernetes.of_kind(sources, "ConfigMap"))
        yield from sorted({*settings, *compose.paths(sources), *services.tasks(sources)})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = _known(sources, path)
    for node in _settings(sources, path):
        line = lines(sources, path)[node.line - 1]
        for match in _ADDRESS.finditer(line, node.column - 1, node.raw.end_mark.column):
            name, port = match[1], match[2] or ""
            ports = known.get(name)
            if ports is None and name != _ITSELF:
                near = did_you_mean(name, known)
                fix = f"Add the service {name}, or write the address of one that is there."
                yield at(Point(node.line, match.start(1) + 1), f"there is no service {name}", fix, near)
            elif ports and port and port not in ports:
                told = " or ".join(sorted(ports))
                message = f"{name} listens on {told}, not on {port}"
                yield Flaw(node.line, message, f"Write {told}.", match.start(2) + 1)


def _settings(sources: Sources, path: str) -> Iterator[Node]:
    """The values of one line that a service is given."""
    if path in services.tasks(sources):
        values = [
            one.at("value") for task in services.task_containers(sources, path) for one in task.at("environment").items
        ]
    elif kubernetes.by_path(sources).get(path):
        values = [value for one in kubernetes.by_path(sources)[path] for value in one.node.at("data").map.values()]
    else:
        values = [v for one in compose.services(sources, path).values() for v in one.at("environment").map.values()]
    return (value for value in values if value.text and value.raw.start_mark.line == value.raw.end_mark.line)


def _known(sources: Sources, path: str) -> dict[str, frozenset[str]]:
    """The names that an address in a file may have, each with its ports; without any where these are not known."""
    ports = {name: frozenset(one.value for one in of) for name, of in services.facts(sources, PORT).items()}
    if path in set(compose.paths(sources)):
        return {name: ports.get(name, frozenset()) for name in yaml.root(sources, path).at("services").map}
    served = kubernetes.of_kind(sources, "Service")
    objects = {
        one.name: frozenset(port.at("port").text for port in one.node.at("spec", "ports").items) for one in served
    }
    return {**ports, **objects}
