"""Probes ask a port that their container has

A probe of a port by name that the container does not have is refused; one of a number that nothing
listens on restarts the pod for ever. Give the container the port, or correct the probe.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import kubernetes
from generator.checks.models.kubernetes_world import habit, no_port
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *kubernetes.WORKLOADS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in kubernetes.in_file(sources, path, *kubernetes.WORKLOADS):
        for container in workload.containers:
            known = kubernetes.ports_of([container])
            for probe in _PROBES:
                for way in ("httpGet", "tcpSocket", "grpc"):
                    port = container.at(probe, way, "port")
                    if port and known and port.text not in known and not kubernetes.is_put_in_later(port.text):
                        message = f"{container.at('name').text}: {probe} asks port {port.text}, which it does not have"
                        flaw = no_port(port, message, known)
                        yield flaw if not port.text.isdecimal() else habit(sources, flaw)
