"""Ports of a Service lead to a port of its pods

A `targetPort` that no selected container has gives connection refused with every check green.
Give the container a port with that name or number. (A port by its number need not be declared to be served: in a
repository that was not generated that is a warning.)
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import built_pods, kubernetes
from generator.checks.models.habits import Told, gathered, habit
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kubernetes_world import no_port
from generator.checks.models.kustomize_build import Applied, overlays
from generator.checks.rule import Flaw, Format, Placed
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    services = kubernetes.files_of(sources, "Service")
    yield from dict.fromkeys((*services, *(_in_overlays(sources) if services else ())))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for service in kubernetes.in_file(sources, path, "Service"):
        selector = kubernetes.labels(service.node.at("spec", "selector"))
        workloads = kubernetes.selected(sources, selector) if selector else []
        for port in _lost(service, workloads):
            yield _flaw(service, workloads, port, port)
    yield from _in_overlays(sources).get(path, [])


def _lost(service: Manifest, workloads: list[Manifest]) -> Iterator[Node]:
    """The ports of a Service that no pod has."""
    known = set[str]().union(*(kubernetes.ports_of(workload.containers) for workload in workloads))
    for port in service.node.at("spec", "ports").items if known else ():
        target = port.at("targetPort") or port.at("port")
        if target.text not in known and not kubernetes.is_put_in_later(target.text):
            yield target


def _flaw(service: Manifest, workloads: list[Manifest], target: Node, place: Placed) -> Flaw:
    known = set[str]().union(*(kubernetes.ports_of(workload.containers) for workload in workloads))
    names = " and ".join(sorted({f"{one.kind} {one.name}" for one in workloads}))
    message = f"Service {service.name}: {names} has no port {target.text}"
    flaw = no_port(place, target.text, message, known)
    return flaw if not target.text.isdecimal() else habit(flaw)


@shared
def _in_overlays(sources: Sources) -> Told:
    """What patches make of a Service and its pods, told where the patch stands."""
    return gathered(found for group in overlays(sources) for found in _patched(group))


def _patched(group: Applied) -> Iterator[tuple[str, Flaw]]:
    for service in group.of_kind("Service"):
        labels = kubernetes.labels(service.manifest.node.at("spec", "selector"))
        workloads = built_pods.taken(group, service, labels) if labels else []
        if any(one.unclear for one in workloads) or not any(one.patched for one in (service, *workloads)):
            continue
        manifests = [one.manifest for one in workloads]
        before = set[str]().union(*(kubernetes.ports_of(one.source.containers) for one in workloads))
        for target in _lost(service.manifest, manifests):
            ports = ((one, node) for one in workloads for node in kubernetes.port_nodes(one.manifest.containers))
            path, place = built_pods.set_first([(service, target), *ports])
            if (path and service.is_set(target)) or target.text in before:
                yield path, _flaw(service.manifest, manifests, target, place)
