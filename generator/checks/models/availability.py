"""How many pods of a workload there may be, and what says that some must stay."""

from __future__ import annotations

from collections.abc import Iterable

from generator.checks.formats.yaml import Node
from generator.checks.models import built_pods, kubernetes
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.source import Sources


def several(sources: Sources, group: Applied, one: Built) -> bool:
    """Whether a workload has, or may come to have, more than one pod."""
    return (built_pods.most(sources, group, one) or 0) > 1


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
