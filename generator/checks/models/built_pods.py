"""Pods as a cluster gets them: of what is applied together, with all patches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.checks.formats.numbers import whole
from generator.checks.formats.yaml import ABSENT, Node
from generator.checks.models import kubernetes, references
from generator.checks.models.kustomize_build import Applied, overlays
from generator.checks.models.kustomize_selecting import Built
from generator.checks.source import Sources


def bounds(scaler: Built) -> tuple[Node, Node]:
    """The fewest and the most pods that an autoscaler keeps, as they are written."""
    spec = scaler.manifest.node.at("spec")
    words = (
        ("minReplicas", "maxReplicas")
        if scaler.manifest.kind == references.SCALERS[0]
        else ("minReplicaCount", "maxReplicaCount")
    )
    return spec.at(words[0]), spec.at(words[1])


def scaler_of(group: Applied, one: Built) -> Built | None:
    """The autoscaler of a workload."""
    for scaler in group.of_kind(*references.SCALERS):
        target = scaler.manifest.node.at("spec", "scaleTargetRef")
        named = target.at("kind").text or "Deployment", target.at("name").text
        if named == (one.manifest.kind, one.manifest.name) and are_together(scaler, one):
            return scaler
    return None


def are_together(one: Built, other: Built) -> bool:
    """Whether two objects may be in one namespace."""
    return one.namespace == other.namespace or "" in (one.namespace, other.namespace)


def most(group: Applied, one: Built) -> int | None:
    """The most pods that a workload may have by what is applied with it; None where that cannot be known."""
    scaler = scaler_of(group, one)
    upper = bounds(scaler)[1] if scaler else one.manifest.node.at("spec", "replicas")
    return whole(upper.text) if upper else None if scaler else 1


def taken(group: Applied, taker: Built, labels: dict[str, str]) -> list[Built]:
    """The workloads of the group whose pods have the labels, in the namespace of who takes them."""
    workloads = (one for one in group.objects if one.manifest.kind in kubernetes.WORKLOADS)
    return [one for one in workloads if are_together(taker, one) and kubernetes.selects(labels, one.manifest.pod)]


def patched(sources: Sources, *kinds: str) -> Iterator[tuple[Applied, Built]]:
    """The objects of these kinds in which a patch set something, with what is applied together."""
    for group in overlays(sources):
        yield from ((group, one) for one in group.of_kind(*kinds) if one.patched)


def set_first(pairs: Iterable[tuple[Built, Node]]) -> tuple[str, Node]:
    """The file and the place of the first value that a patch set; that of the first one where none is."""
    all_ = list(pairs)
    one, node = next(((one, node) for one, node in all_ if one.is_set(node)), all_[0] if all_ else (None, ABSENT))
    return (one.file_of(node), node) if one else ("", ABSENT)
