"""Autoscalers scale a workload that exists

An autoscaler whose target does not exist never scales and only says so in its events. And a fixed
`replicas` beside an autoscaler sets the number back at every apply: leave it out. An object of a custom kind may be
made by its operator, so that its absence is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.checks.models import built_forms, built_pods, kubernetes, references
from generator.checks.models.habits import Told, habit
from generator.checks.models.kubernetes_world import missing
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_SCALERS = (*references.SCALERS, "VerticalPodAutoscaler")


def files(sources: Sources) -> list[str]:
    scalers = kubernetes.files_of(sources, *_SCALERS)
    return sorted({*scalers, *built_forms.files(sources, *kubernetes.WORKLOADS)}) if scalers else []


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in kubernetes.in_file(sources, path, *_SCALERS):
        kind, name = references.scaled(one)
        names = [workload.name for workload in kubernetes.of_kind(sources, kind)]
        text = one.node.at("spec", "scaleTargetRef", "name") or one.node.at("spec", "targetRef", "name")
        if name not in names and not kubernetes.is_put_in_later(name):
            message = f"{one.kind} {one.name}: there is no {kind} {name}"
            fix = f"Add the {kind} {name}, or name one that is there."
            flaw = at(text or one.node, message, fix, did_you_mean(name, names))
            yield from missing(sources, flaw, sure=kind in kubernetes.WORKLOADS)
    yield from _twice(sources).get(path, [])


@shared
def _twice(sources: Sources) -> Told:
    """What is told of numbers of pods that an autoscaler sets, too."""
    return built_forms.told(built_forms.of_kind(sources, *kubernetes.WORKLOADS), partial(_sets, sources))


def _sets(sources: Sources, group: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    spec = one.manifest.node.at("spec")
    scaler = built_pods.scaler_of(sources, group, one) if spec.at("replicas") else None
    if scaler:
        message = f"{one.manifest.kind} {one.manifest.name} sets replicas"
        message += f", which {scaler.manifest.kind} {scaler.manifest.name} owns"
        place = built_forms.where(one, spec, "replicas")
        yield one.file_of(place), habit(at(place, message, "Remove `replicas` from the workload."))
