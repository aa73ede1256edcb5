"""Pods as a cluster gets them: of what is applied together, with all patches."""

from __future__ import annotations

from collections.abc import Iterable

from generator.checks.formats.numbers import whole
from generator.checks.formats.yaml import ABSENT, Node
from generator.checks.models import built_forms, kubernetes, references
from generator.checks.models.kustomize_build import Applied, applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.source import Sources, folder, shared


def bounds(scaler: Built) -> tuple[Node, Node]:
    """The fewest and the most pods that an autoscaler keeps, as they are written."""
    spec = scaler.manifest.node.at("spec")
    words = (
        ("minReplicas", "maxReplicas")
        if scaler.manifest.kind == references.SCALERS[0]
        else ("minReplicaCount", "maxReplicaCount")
    )
    return spec.at(words[0]), spec.at(words[1])


def scaler_of(sources: Sources, group: Applied, one: Built) -> Built | None:
    """The autoscaler of a workload: of what is applied with it, else of what may be for any."""
    wanted = (one.manifest.kind, one.manifest.name)
    found = _scalers(sources, group.together).get(wanted, ())
    fitting = [scaler for scaler in found if are_together(scaler, one)]
    near = (each for each in fitting if folder(each.source.path) == folder(one.source.path))
    return next(near, fitting[0] if fitting else None)


@shared
def _scalers(sources: Sources, path: str) -> dict[tuple[str, str], list[Built]]:
    """The autoscalers beside what is applied at a path, by the kind and name of what they are for."""
    found: dict[tuple[str, str], list[Built]] = {}
    for scaler in built_forms.beside(sources, path, *references.SCALERS):
        found.setdefault(references.scaled(scaler.manifest), []).append(scaler)
    return found


def are_together(one: Built, other: Built) -> bool:
    """Whether two objects may be in one namespace."""
    return one.namespace == other.namespace or "" in (one.namespace, other.namespace)


def most(sources: Sources, group: Applied, one: Built) -> int | None:
    """The most pods that a workload may have by what is applied with it; None where that cannot be known."""
    scaler = scaler_of(sources, group, one)
    upper = bounds(scaler)[1] if scaler else one.manifest.node.at("spec", "replicas")
    return whole(upper.text) if upper else None if scaler else 1


def taken(sources: Sources, group: Applied, taker: Built, labels: dict[str, str]) -> list[Built]:
    """The workloads whose pods have the labels, of those that are applied with the taker and in its namespace.

    Files that no kustomization takes count as applied together.
    """
    some = _by_label(sources).get((group.together, next(iter(labels.items()), None)), ())
    return [one for one in some if are_together(taker, one) and kubernetes.selects(labels, one.manifest.pod)]


@shared
def labels(sources: Sources) -> frozenset[tuple[str, str]]:
    """The labels that some pod has, of all that is applied."""
    return frozenset(label for _, label in _by_label(sources) if label)


def anywhere(sources: Sources, wanted: dict[str, str]) -> bool:
    """Whether some pods of all that is applied have the labels."""
    first = next(iter(wanted.items()), None)
    every = (one for path in _places(sources).get(first, ()) for one in _by_label(sources)[path, first])
    return any(kubernetes.selects(wanted, one.manifest.pod) for one in every)


@shared
def _places(sources: Sources) -> dict[tuple[str, str] | None, list[str]]:
    """Where pods with a label are applied."""
    found: dict[tuple[str, str] | None, list[str]] = {}
    for path, label in _by_label(sources):
        found.setdefault(label, []).append(path)
    return found


@shared
def _by_label(sources: Sources) -> dict[tuple[str, tuple[str, str] | None], list[Built]]:
    """The workloads by what they are applied with and by each label of their pods, and all of it by None."""
    found: dict[tuple[str, tuple[str, str] | None], list[Built]] = {}
    for group in applied(sources):
        for one in (one for one in group.objects if one.manifest.kind in kubernetes.WORKLOADS):
            for label in (None, *kubernetes.labels(one.manifest.pod.at("metadata", "labels")).items()):
                found.setdefault((group.together, label), []).append(one)
    return found


def set_first(pairs: Iterable[tuple[Built, Node]]) -> tuple[str, Node]:
    """The file and the place of the first value that a patch set; that of the first one where none is."""
    all_ = list(pairs)
    one, node = next(((one, node) for one, node in all_ if one.is_set(node)), all_[0] if all_ else (None, ABSENT))
    return (one.file_of(node), node) if one else ("", ABSENT)
