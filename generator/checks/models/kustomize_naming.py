"""The names, namespaces and labels that kustomizations give objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.models import kustomize_patching as patching
from generator.checks.models.kustomize_selecting import Built

_MATCHED: Final = ("spec", "selector", "matchLabels")
_SELECTORS: Final = {
    **dict.fromkeys((*kubernetes.WORKLOADS, "PodDisruptionBudget"), _MATCHED),
    "Service": ("spec", "selector"),
    "NetworkPolicy": ("spec", "podSelector", "matchLabels"),
}
"""Where the labels of a selector stand that kustomize writes over; those that it adds fit the pods as they are."""


def _labelled(path: str, root: Node, one: Built) -> Built:
    """An object with the labels that its kustomization gives it and its pods."""
    raw = one.manifest.node.raw
    for pairs, pods, selectors in _labels(path, root):
        for key, value in pairs.map.items():
            raw = _with_label(raw, ["metadata"], key, value)
            way = _SELECTORS.get(one.manifest.kind, ()) if selectors else ()
            if way and Node(raw).at(*way, key):
                raw = patching.nested(raw, [*way, key], patching.added(value.raw))
            template = ["spec", "jobTemplate", "spec"] if one.manifest.kind == "CronJob" else ["spec"]
            if pods and one.manifest.kind in kubernetes.WORKLOADS:
                raw = _with_label(raw, [*template, "template", "metadata"], key, value)
    return one if raw is one.manifest.node.raw else one.became(raw)


def _with_label(raw: object, way: list[str], key: str, value: Node) -> object:
    if not Node(raw).at(*way, "labels").is_map:
        empty = type(Node(raw).raw)("tag:yaml.org,2002:map", [], value.raw.start_mark, value.raw.end_mark)
        raw = patching.nested(raw, [*way, "labels"], patching.added(empty))
    return patching.nested(raw, [*way, "labels", key], patching.added(value.raw))


def _labels(path: str, root: Node) -> Iterator[tuple[Node, bool, bool]]:
    """Labels, whether pods get them, and whether selectors do."""
    for entry in root.at("labels").items:
        selectors = entry.at("includeSelectors").text == "true"
        pods = selectors or entry.at("includeTemplates").text == "true" or bool(entry.at("fields"))
        yield kustomize.located(path, entry.at("pairs")), pods, selectors
    if root.at("commonLabels"):
        yield kustomize.located(path, root.at("commonLabels")), True, True


def named(path: str, root: Node, one: Built) -> Built:
    """An object with the name, the namespace and the labels that its kustomization gives it."""
    one = _labelled(path, root, one)
    prefix, suffix, namespace = (root.at(key).text for key in ("namePrefix", "nameSuffix", "namespace"))
    names = (*one.names, f"{prefix}{one.names[-1]}{suffix}") if prefix or suffix else one.names
    return replace(one, names=names, namespaces=(*one.namespaces, namespace) if namespace else one.namespaces)
