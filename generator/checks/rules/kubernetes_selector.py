"""Selectors take the pods that they are meant for

A Service, budget or network policy whose selector fits no pod does nothing and says nothing; a
workload whose selector is not in its own template is refused. Compare the selector's labels with
`spec.template.metadata.labels`.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.kubernetes import Manifest
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout")
_OTHERS = ("Service", "PodDisruptionBudget", "NetworkPolicy", "PodMonitor")


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *_WORKLOADS, *_OTHERS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in kubernetes.in_file(sources, path, *_WORKLOADS):
        selector = one.node.at("spec", "selector", "matchLabels")
        if selector and not kubernetes.selects(kubernetes.labels(selector), one.pod):
            yield at(selector, f"{one.kind} {one.name}: its own pods do not have {_text(selector)}")
    for one in kubernetes.in_file(sources, path, *_OTHERS):
        selector = _selector(one)
        if selector.map and not kubernetes.selected(sources, kubernetes.labels(selector)):
            yield at(selector, f"{one.kind} {one.name}: no pod has {_text(selector)}")


def _selector(one: Manifest) -> Node:
    spec = one.node.at("spec")
    if one.kind == "Service":
        return spec.at("selector")
    return spec.at("podSelector" if one.kind == "NetworkPolicy" else "selector", "matchLabels")


def _text(selector: Node) -> str:
    return ", ".join(f"{key}={value}" for key, value in kubernetes.labels(selector).items())
