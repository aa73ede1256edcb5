"""Routes lead to a Service and a port that exist

A route whose backend or port does not exist answers 500 to every request while its status is the
only sign. Correct the name, or give the Service the port.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.kubernetes_world import absent, missing
from generator.checks.rule import Flaw, Format, at, one_of
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_ANNOTATION = "use-annotation"
"""In place of a port: an annotation says where the load balancer leads."""
_ROUTES = ("HTTPRoute", "GRPCRoute", "Ingress")


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *_ROUTES)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for route in kubernetes.in_file(sources, path, *_ROUTES):
        for name, port in _backends(route.node):
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


def _backends(route: Node) -> Iterator[tuple[Node, Node]]:
    for rule in route.at("spec", "rules").items:
        for backend in rule.at("backendRefs").items:
            if backend.at("kind").text in ("", "Service"):
                yield backend.at("name"), backend.at("port")
        for one in rule.at("http", "paths").items:
            service = one.at("backend", "service")
            yield service.at("name"), service.at("port", "number") or service.at("port", "name")
