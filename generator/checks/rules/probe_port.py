"""Probes ask a port that their container has

A probe of a port by name that the container does not have is refused; one of a number that nothing
listens on restarts the pod for ever. Give the container the port, or correct the probe.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import built_pods, kubernetes
from generator.checks.models.habits import Told, gathered, habit
from generator.checks.models.kubernetes_world import no_port
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, Placed
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def files(sources: Sources) -> Iterator[str]:
    workloads = kubernetes.files_of(sources, *kubernetes.WORKLOADS)
    yield from dict.fromkeys((*workloads, *(_in_overlays(sources) if workloads else ())))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in kubernetes.in_file(sources, path, *kubernetes.WORKLOADS):
        for container in workload.containers:
            yield from (_flaw(container, probe, port, port) for probe, port in _lost(container))
    yield from _in_overlays(sources).get(path, [])


def _lost(container: Node) -> Iterator[tuple[str, Node]]:
    """The probes with their ports that a container does not have."""
    known = kubernetes.ports_of([container])
    for probe in _PROBES:
        for way in ("httpGet", "tcpSocket", "grpc"):
            port = container.at(probe, way, "port")
            if port and known and port.text not in known and not kubernetes.is_put_in_later(port.text):
                yield probe, port


def _flaw(container: Node, probe: str, port: Node, place: Placed) -> Flaw:
    message = f"{container.at('name').text}: {probe} asks port {port.text}, which it does not have"
    flaw = no_port(place, port.text, message, kubernetes.ports_of([container]))
    return flaw if not port.text.isdecimal() else habit(flaw)


@shared
def _in_overlays(sources: Sources) -> Told:
    """What patches make of probes and ports, told where the patch stands."""
    found = []
    for _, one in built_pods.patched(sources, *kubernetes.WORKLOADS):
        for container in one.manifest.containers:
            for probe, port in _lost(container):
                nodes = [port, *kubernetes.port_nodes([container])]
                path, place = built_pods.set_first([(one, node) for node in nodes])
                if path != one.source.path and (one.is_set(port) or port.text in _before(one, container)):
                    found.append((path, _flaw(container, probe, port, place)))
    return gathered(found)


def _before(one: Built, container: Node) -> set[str]:
    """The ports that a container has where it is written."""
    return kubernetes.ports_of([c for c in one.source.containers if c.at("name").text == container.at("name").text])
