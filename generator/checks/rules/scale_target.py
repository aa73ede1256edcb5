"""Autoscalers scale a workload that exists

An autoscaler whose target does not exist never scales and only says so in its events. And a fixed
`replicas` beside an autoscaler sets the number back at every apply: leave it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import kubernetes
from generator.checks.models.habits import habit
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kubernetes_world import missing
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_SCALERS = ("HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler")


def files(sources: Sources) -> list[str]:
    return sorted({*kubernetes.files_of(sources, *_SCALERS), *(path for path, _, _ in _scaled(sources))})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in kubernetes.in_file(sources, path, *_SCALERS):
        kind, name = _target(one)
        names = [workload.name for workload in kubernetes.of_kind(sources, kind)]
        text = one.node.at("spec", "scaleTargetRef", "name") or one.node.at("spec", "targetRef", "name")
        if name not in names and not kubernetes.is_put_in_later(name):
            message = f"{one.kind} {one.name}: there is no {kind} {name}{did_you_mean(name, names)}"
            fix = instead(message, f"Add the {kind} {name}, or name one that is there.")
            yield from missing(sources, at(text or one.node, message, fix))
    for workload in kubernetes.in_file(sources, path, *kubernetes.WORKLOADS):
        scaler = _scaled(sources).get((path, workload.kind, workload.name))
        if scaler and workload.node.at("spec", "replicas"):
            message = f"{workload.kind} {workload.name} sets replicas, which {scaler.kind} {scaler.name} owns"
            spec = workload.node.at("spec")
            key = next(key for key in spec.keys if key.text == "replicas")
            yield habit(at(key, message, "Remove `replicas` from the workload."))


def _target(one: Manifest) -> tuple[str, str]:
    """Kind and name of what is scaled."""
    target = one.node.at("spec", "scaleTargetRef") or one.node.at("spec", "targetRef")
    return target.at("kind").text or "Deployment", target.at("name").text


@shared
def _scaled(sources: Sources) -> dict[tuple[str, str, str], Manifest]:
    """The autoscalers of numbers by path, kind and name of the workload."""
    found = {}
    for one in kubernetes.of_kind(sources, "HorizontalPodAutoscaler", "ScaledObject"):
        kind, name = _target(one)
        for workload in kubernetes.of_kind(sources, kind):
            if workload.name == name:
                found[workload.path, kind, name] = one
    return found
