"""Probes ask a port that their container has

A probe of a port by name that the container does not have is refused; one of a number that nothing
listens on restarts the pod for ever. Give the container the port, or correct the probe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.checks.models import built_forms, built_pods, kubernetes, services
from generator.checks.models.habits import Told, habit
from generator.checks.models.kubernetes_world import no_port
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, one_of
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_WAYS = ("httpGet", "tcpSocket", "grpc")


def files(sources: Sources) -> list[str]:
    return built_forms.files(sources, *kubernetes.WORKLOADS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    def lost(_: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
        return _lost(sources, one)

    return built_forms.told(built_forms.of_kind(sources, *kubernetes.WORKLOADS), lost)


def _lost(sources: Sources, one: Built) -> Iterator[tuple[str, Flaw]]:
    """The probes of ports that their container does not have, told where a patch made it so."""
    for container in one.manifest.containers if not one.unclear else ():
        known, name = kubernetes.ports_of([container]), container.at("name").text
        for probe, way in ((probe, way) for probe in _PROBES for way in _WAYS if known):
            port = container.at(probe, way, "port")
            if port and port.text not in known and not kubernetes.is_put_in_later(port.text):
                before = kubernetes.ports_of([each for each in one.source.containers if each.at("name").text == name])
                nodes = [port, *(kubernetes.port_nodes([container]) if port.text in before else ())]
                path, place = built_pods.set_first([(one, node) for node in nodes])
                message = f"{name}: {probe} asks port {port.text}, which it does not have"
                listens = known & services.exposed(sources, one.source, container)
                flaw = no_port(place, port.text, message, listens or known)
                # Nothing listens elsewhere: to declare the port would help nobody.
                flaw = replace(flaw, fix=one_of(listens, flaw.fix))
                yield path, flaw if not port.text.isdecimal() else habit(flaw)
