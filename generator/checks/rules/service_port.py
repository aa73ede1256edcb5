"""Ports of a Service lead to a port of its pods

A `targetPort` that no selected container has gives connection refused with every check green.
Give the container a port with that name or number. (A port by its number need not be declared to be served: in a
repository that was not generated that is a warning.)
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import kubernetes
from generator.checks.models.kubernetes_world import habit, no_port
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, "Service")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for service in kubernetes.in_file(sources, path, "Service"):
        selector = kubernetes.labels(service.node.at("spec", "selector"))
        workloads = kubernetes.selected(sources, selector) if selector else []
        known = set[str]().union(*(kubernetes.ports_of(workload.containers) for workload in workloads))
        for port in service.node.at("spec", "ports").items if known else ():
            target = port.at("targetPort") or port.at("port")
            if target.text not in known and not kubernetes.is_put_in_later(target.text):
                names = " and ".join(sorted({f"{one.kind} {one.name}" for one in workloads}))
                message = f"Service {service.name}: {names} has no port {target.text}"
                flaw = no_port(target, message, known)
                yield flaw if not target.text.isdecimal() else habit(sources, flaw)
