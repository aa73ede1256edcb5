"""Autoscalers scale a workload that exists

An autoscaler whose target does not exist never scales and only says so in its events. And a fixed
`replicas` beside an autoscaler sets the number back at every apply: leave it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import kubernetes
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, "HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in kubernetes.in_file(sources, path, "HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler"):
        target = one.node.at("spec", "scaleTargetRef") or one.node.at("spec", "targetRef")
        kind, name = target.at("kind").text or "Deployment", target.at("name")
        found = [w for w in kubernetes.of_kind(sources, kind) if w.name == name.text]
        if not found:
            near = did_you_mean(name.text, (w.name for w in kubernetes.of_kind(sources, kind)))
            yield at(name or one.node, f"{one.kind} {one.name}: there is no {kind} {name.text}{near}")
        for workload in found:
            if one.kind != "VerticalPodAutoscaler" and workload.node.at("spec", "replicas"):
                message = f"{one.kind} {one.name}: {kind} {name.text} sets replicas itself ({workload.path})"
                yield at(name, message, "Remove `replicas` from the workload.")
