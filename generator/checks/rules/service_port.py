"""Ports of a Service lead to a port of its pods

A `targetPort` that no selected container has gives connection refused with every check green.
Give the container a port with that name or number. (A port by its number need not be declared to be served: in a
repository that was not generated that is a warning.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from generator.checks.models import built_forms, built_pods, kubernetes
from generator.checks.models.habits import Told, habit
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kubernetes_world import no_port
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return built_forms.files(sources, "Service")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    return built_forms.told(built_forms.of_kind(sources, "Service"), partial(_lost, sources))


def _lost(sources: Sources, group: Applied, service: Built) -> Iterator[tuple[str, Flaw]]:
    """The ports of a Service that no pod has, told where a patch made it so."""
    spec = service.manifest.node.at("spec")
    labels = kubernetes.labels(spec.at("selector"))
    workloads = built_pods.taken(sources, group, service, labels) if labels else []
    known = _ports(one.manifest for one in workloads)
    for port in spec.at("ports").items if known and not any(one.unclear for one in (service, *workloads)) else ():
        target = port.at("targetPort") or port.at("port")
        if target and target.text not in known and not kubernetes.is_put_in_later(target.text):
            theirs = workloads if target.text in _ports(one.source for one in workloads) else []
            nodes = ((one, node) for one in theirs for node in kubernetes.port_nodes(one.manifest.containers))
            path, place = built_pods.set_first([(service, target), *nodes])
            names = " and ".join(sorted({f"{one.manifest.kind} {one.manifest.name}" for one in workloads}))
            message = f"Service {service.manifest.name}: {names} has no port {target.text}"
            flaw = no_port(place, target.text, message, known)
            yield path, flaw if not target.text.isdecimal() else habit(flaw)


def _ports(workloads: Iterable[Manifest]) -> set[str]:
    return set[str]().union(*(kubernetes.ports_of(one.containers) for one in workloads))
