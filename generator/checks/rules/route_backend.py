"""Routes lead to a Service and a port that exist

A route whose backend or port does not exist answers 500 to every request while its status is the
only sign. Correct the name, or give the Service the port.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, references
from generator.checks.models.kubernetes_world import absent, held, missing
from generator.checks.rule import Flaw, Format, at, one_of
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *references.ROUTES)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for route in kubernetes.in_file(sources, path, *references.ROUTES):
        for name, port, namespace in references.of_route(route):
            services = [one for one in kubernetes.of_kind(sources, "Service") if one.name == name.text]
            if not services and namespace and namespace not in held(sources):
                continue  # it belongs to others
            if not services:
                flaw = absent(route, "Service", name, kubernetes.names_of(sources, "Service"))
                yield from missing(sources, flaw)
            elif port and not any(_has_port(one.node, port.text) for one in services):
                message = f"{route.kind} {route.name}: Service {name.text} has no port {port.text}"
                served = [one.at("port").text for service in services for one in service.node.at("spec", "ports").items]
                yield at(port, message, one_of(served))


def _has_port(service: Node, wanted: str) -> bool:
    """Whether a port is served; one that stands for a host elsewhere leads to any."""
    spec = service.at("spec")
    given = (port.at(key).text for port in spec.at("ports").items for key in ("name", "port"))
    return spec.at("type").text == "ExternalName" or wanted in given
