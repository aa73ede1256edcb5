"""Ports of a Service lead to a port of its pods

A `targetPort` that no selected container has gives connection refused with every check green.
Give the container a port with that name or number.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import kubernetes
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, "Service")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for service in kubernetes.in_file(sources, path, "Service"):
        selector = kubernetes.labels(service.node.at("spec", "selector"))
        for workload in kubernetes.selected(sources, selector) if selector else ():
            known = kubernetes.ports_of(workload.containers)
            for port in service.node.at("spec", "ports").items:
                target = port.at("targetPort") or port.at("port")
                if known and target.text not in known:
                    message = f"Service {service.name}: {workload.kind} {workload.name} has no port {target.text}"
                    yield at(target, message + did_you_mean(target.text, known))
