"""An autoscaler's lower bound is not above its upper one

The API server refuses a HorizontalPodAutoscaler whose `minReplicas` is more than its `maxReplicas`, and with it
everything that is applied together. Patches of a kustomization that set both bounds are held to the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.numbers import whole
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    yield from kubernetes.files_of(sources, "HorizontalPodAutoscaler")
    yield from kubernetes.kustomizations(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if kubernetes.is_kustomization(path):
        for entry in kubernetes.kustomizations(sources)[path].at("patches").items:
            yield from _patch(entry.at("patch"))
    for one in kubernetes.in_file(sources, path, "HorizontalPodAutoscaler"):
        yield from _bounds(one.node.at("spec", "minReplicas"), one.node.at("spec", "maxReplicas"), 0)


def _patch(patch: Node) -> Iterator[Flaw]:
    """The bounds that a patch of single operations sets; its text begins in the line below its key."""
    if "minReplicas" not in patch.text or "maxReplicas" not in patch.text:
        return
    given = {}
    for document in yaml.parse_text(patch.text).documents:
        for operation in document.items:
            given[operation.at("path").text.rpartition("/")[2]] = operation.at("value")
    fewest, most = given.get("minReplicas", yaml.ABSENT), given.get("maxReplicas", yaml.ABSENT)
    yield from _bounds(fewest, most, patch.line)


def _bounds(fewest: Node, most: Node, before: int) -> Iterator[Flaw]:
    lower, upper = whole(fewest.text), whole(most.text)
    if lower is not None and upper is not None and lower > upper:
        message = f"minReplicas {fewest.text} is more than maxReplicas {most.text}: the API server refuses it"
        yield Flaw(
            before + fewest.line, message, f"Write {lower} or more for maxReplicas.", 0 if before else fewest.column
        )
