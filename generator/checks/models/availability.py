"""How many pods of a workload there may be, and what says that some must stay."""

from __future__ import annotations

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


def chosen_by(selector: Node, workload: Manifest) -> bool:
    """Whether a selector may take the pods of a workload; True where it has expressions."""
    labels = kubernetes.labels(selector.at("matchLabels"))
    return kubernetes.selects(labels, workload.pod)
