"""A quota leaves room for a release, at the most replicas too

A ResourceQuota that allows no more pods than there are workloads has no room for the first pod of a new version: the
release waits until its time is up, and so does every restart on another node. One that is spent before the autoscalers
have all the replicas that they may have stops them under load. Counted is what a kustomization applies to the
namespace of the quota with all its patches: the most replicas of each workload, what its containers ask for, and the
surge of one rollout. Elsewhere than in generated repositories that is a warning: a quota may be meant to be the lower
bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats.numbers import whole
from generator.checks.formats.yaml import Node
from generator.checks.models import built_pods, kubernetes
from generator.checks.models.habits import Told, gathered, habit
from generator.checks.models.kustomize_build import Applied, overlays
from generator.checks.models.kustomize_selecting import Built
from generator.checks.models.quantity import quantity
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_ASKED: Final = {
    "requests.cpu": ("requests", "cpu"), "cpu": ("requests", "cpu"), "limits.cpu": ("limits", "cpu"),
    "requests.memory": ("requests", "memory"), "memory": ("requests", "memory"), "limits.memory": ("limits", "memory"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Load:
    """A workload that a quota must hold."""

    one: Built
    most: int
    """Its pods when nothing is released."""
    surge: int
    """Those that a release adds."""


def files(sources: Sources) -> Iterator[str]:
    quotas = (one for group in overlays(sources) for one in group.of_kind("ResourceQuota"))
    return iter(dict.fromkeys(one.file_of(node) for one in quotas for _, node in _hard(one)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    return gathered(
        (quota.file_of(node), flaw)
        for group in overlays(sources)
        for quota in group.of_kind("ResourceQuota")
        for node, flaw in _flaws(sources, group, quota)
    )


def _hard(quota: Built) -> list[tuple[str, Node]]:
    spec = quota.manifest.node.at("spec")
    is_for_some = spec.at("scopes") or spec.at("scopeSelector")
    hard = {} if is_for_some else spec.at("hard").map
    return [
        (key.removeprefix("count/"), node)
        for key, node in hard.items()
        if key.removeprefix("count/") in {"pods", *_ASKED}
    ]


def _flaws(sources: Sources, group: Applied, quota: Built) -> Iterator[tuple[Node, Flaw]]:
    loads = [load for load in _loads(sources, group) if built_pods.are_together(quota, load.one)]
    for key, node in _hard(quota) if loads else ():
        given = quantity(node.text)
        if given is None:
            continue
        if key == "pods" and given < len(loads) + 1:
            message = f"a quota of {node.text} pods has no room for a release of the {len(loads)} workloads beside it"
            yield node, at(node, message, f"Write {len(loads) + 1} or more: every replica counts, of a rollout, too.")
            continue
        sizes = [(load, 1.0 if key == "pods" else _size(group, load.one, *_ASKED[key])) for load in loads]
        needed = sum(load.most * size for load, size in sizes) + max(load.surge * size for load, size in sizes)
        if needed > given * (1 + 1e-9):
            what = "pods" if key == "pods" else key
            message = (
                f"a quota of {node.text} {what} has no room for a release at the most replicas: {_text(key, needed)}"
            )
            enough = f"{math.ceil(needed / 2**30)}Gi" if key.endswith("memory") else f"{math.ceil(needed)}"
            fix = f"Write {enough} or more: the most replicas of each workload count, and those that a rollout adds."
            yield node, habit(at(node, message, fix))


def _text(key: str, number: float) -> str:
    if key.endswith("memory"):
        return f"{number / 2**30:.4g}Gi"
    return f"{number:.6g}"


def _loads(sources: Sources, group: Applied) -> list[_Load]:
    found = []
    for one in group.of_kind(*kubernetes.SCALED):
        number = built_pods.most(sources, group, one)
        if number and one.manifest.node.at("spec", "replicas").text != "0":
            found.append(_Load(one, number, _surge(one, number)))
    return found


def _surge(one: Built, number: int) -> int:
    """The pods that a release adds to a number of them, at least."""
    strategy = one.manifest.node.at("spec", "strategy")
    if one.manifest.kind == "Deployment" and strategy.at("type").text != "Recreate":
        return _part(strategy.at("rollingUpdate", "maxSurge").text or "25%", number)
    if one.manifest.kind == "Rollout" and strategy.at("canary"):
        return _part(strategy.at("canary", "maxSurge").text or "25%", number)
    return number if strategy.at("blueGreen") and not strategy.at("blueGreen", "previewReplicaCount") else 0


def _part(surge: str, number: int) -> int:
    """A surge as a number of pods: a part of them is rounded up."""
    percent = whole(surge.removesuffix("%"))
    if percent is None:
        return 0
    return math.ceil(number * percent / 100) if surge.endswith("%") else percent


def _size(group: Applied, one: Built, way: str, name: str) -> float:
    """What a pod asks for, as far as it is written: no less than that counts."""
    spec = one.manifest.pod.at("spec")
    starting = spec.at("initContainers").items
    lasting = [*spec.at("containers").items, *(c for c in starting if c.at("restartPolicy").text == "Always")]
    first = max((_asked(group, one, c, way, name) for c in starting), default=0.0)
    return max(first, sum(_asked(group, one, container, way, name) for container in lasting))


def _asked(group: Applied, one: Built, container: Node, way: str, name: str) -> float:
    """What a container asks for: itself, by its limit, or as the namespace's containers do."""
    own = container.at("resources", way, name) or container.at("resources", "limits", name)
    if own:
        return quantity(own.text) or 0.0
    for limits in group.of_kind("LimitRange"):
        for entry in limits.manifest.node.at("spec", "limits").items if built_pods.are_together(limits, one) else ():
            given = entry.at("default" if way == "limits" else "defaultRequest", name)
            if entry.at("type").text == "Container" and given:
                return quantity(given.text) or 0.0
    return 0.0
