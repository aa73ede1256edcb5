"""Routes lead to a Service and a port that exist

A route whose backend or port does not exist answers 500 to every request while its status is the
only sign. Correct the name, or give the Service the port.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, references
from generator.checks.models.kubernetes_world import absent, missing
from generator.checks.rule import Flaw, Format, at, one_of
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_ANNOTATION = "use-annotation"
"""In place of a port: an annotation says where the load balancer leads."""


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *references.ROUTES)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for route in kubernetes.in_file(sources, path, *references.ROUTES):
        for name, port in references.of_route(route):
            services = [one for one in kubernetes.of_kind(sources, "Service") if one.name == name.text]
            if not services:
                flaw = absent(route, "Service", name, kubernetes.names_of(sources, "Service"))
                yield from missing(sources, flaw)
            elif port and port.text != _ANNOTATION and not any(port.text in _ports(one.node) for one in services):
                message = f"{route.kind} {route.name}: Service {name.text} has no port {port.text}"
                served = [one.at("port").text for service in services for one in service.node.at("spec", "ports").items]
                yield at(port, message, one_of(served))


def _ports(service: Node) -> set[str]:
    return {port.at(key).text for port in service.at("spec", "ports").items for key in ("name", "port")}
