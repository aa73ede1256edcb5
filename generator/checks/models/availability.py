"""How many pods of a workload there may be, and what says that some must stay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from generator.checks.formats.yaml import ABSENT, Node
from generator.checks.models import kubernetes, pods
from generator.checks.models.kubernetes import Manifest
from generator.checks.source import Sources, shared

SERVING: Final = ("Deployment", "StatefulSet", "Rollout")


@shared
def _autoscalers(sources: Sources) -> dict[tuple[str, str], Node]:
    """The specs of autoscalers, by kind and name of what they scale."""
    found = {}
    for one in kubernetes.of_kind(sources, "HorizontalPodAutoscaler", "ScaledObject"):
        target = one.node.at("spec", "scaleTargetRef")
        found[target.at("kind").text or "Deployment", target.at("name").text] = one.node.at("spec")
    return found


def several(sources: Sources, workload: Manifest) -> bool:
    """Whether a workload has, or may come to have, more than one pod."""
    scaled = _autoscalers(sources).get((workload.kind, workload.name), ABSENT)
    most = scaled.at("maxReplicas") or scaled.at("maxReplicaCount") or workload.node.at("spec", "replicas")
    return most.text.isdecimal() and int(most.text) > 1


def fixed(sources: Sources, workload: Manifest) -> int | None:
    """The number of pods that nothing changes; None where an autoscaler or a patch may."""
    number = workload.node.at("spec", "replicas").text
    if (workload.kind, workload.name) in _autoscalers(sources) or pods.is_patched(sources, workload, "replicas"):
        return None
    return int(number) if number.isdecimal() else None


class Labels:
    """Sets of labels that pods are chosen by, found by their first one."""

    def __init__(self, wanted: Iterable[dict[str, str]]) -> None:
        self._by_label: dict[tuple[str, str], list[dict[str, str]]] = {}
        self._everyone = False
        for labels in wanted:
            for label in list(labels.items())[:1]:
                self._by_label.setdefault(label, []).append(labels)
            self._everyone = self._everyone or not labels

    def take(self, workload: Manifest) -> bool:
        """Whether the pods of a workload have all labels of one of the sets."""
        own = kubernetes.labels(workload.pod.at("metadata", "labels"))
        asked = (labels for label in own.items() for labels in self._by_label.get(label, ()))
        return self._everyone or any(labels.items() <= own.items() for labels in asked)


def selectors(nodes: Iterable[Node]) -> Labels:
    """What selectors ask for; their expressions are taken for fulfilled."""
    return Labels(kubernetes.labels(one.at("matchLabels")) for one in nodes)
