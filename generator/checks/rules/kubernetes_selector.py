"""Selectors take the pods that they are meant for

A Service, budget or network policy whose selector fits no pod does nothing and says nothing, and a peer of a
policy that no pod is lets nobody in; a workload whose selector is not in its own template is refused, and pods
that are spread by a label that they lack are not spread. Compare the selector's labels with
`spec.template.metadata.labels`. Where charts, operators or remote bases make pods that the repository does not show,
only workloads are judged; where no pod has nearly such a label, pods may be somebody else's: that is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.checks.formats.yaml import Node
from generator.checks.models import built_forms, built_pods, kubernetes
from generator.checks.models.habits import Told
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kubernetes_world import missing
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, shared
from generator.spelling import closest

FORMAT = Format.KUBERNETES

_OTHERS = ("Service", "PodDisruptionBudget", "NetworkPolicy", "PodMonitor")
_NEAR = ("Service", "PodDisruptionBudget")
"""What is for pods that are applied with it."""


def files(sources: Sources) -> list[str]:
    return built_forms.files(sources, *kubernetes.WORKLOADS, *_OTHERS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    own = built_forms.told(built_forms.of_kind(sources, *kubernetes.WORKLOADS), _own)
    others = built_forms.told(built_forms.of_kind(sources, *_OTHERS), partial(_others, sources))
    return {path: [*own.get(path, ()), *others.get(path, ())] for path in (*own, *others)}


def _own(_: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    """What is wrong with the labels by which a workload takes its own pods."""
    spec, name = one.manifest.node.at("spec"), f"{one.manifest.kind} {one.manifest.name}"
    labels = one.manifest.pod.at("metadata", "labels")
    selector = spec.at("selector", "matchLabels")
    if one.unclear or not one.manifest.pod:
        return
    if selector and not _later(selector) and not kubernetes.selects(kubernetes.labels(selector), one.manifest.pod):
        patched = list(_patched([one], one, selector))
        fix = f"Give the pods of its template the labels {_text(selector)}."
        told = at(selector, f"{name}: its own pods do not have {_text(selector)}", fix)
        yield from patched or [(one.file_of(selector), told)]
    for constraint in one.manifest.pod.at("spec", "topologySpreadConstraints").items:
        selector = constraint.at("labelSelector", "matchLabels")
        wanted = kubernetes.labels(selector)
        if wanted and not _later(selector) and not kubernetes.selects(wanted, one.manifest.pod):
            message = f"{name} is spread by {_text(selector)}, which its own pods do not have"
            yield one.file_of(selector), at(selector, message, f"Write labels of its pods: {_text(labels)}.")


def _others(sources: Sources, group: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    """What is wrong with the selectors of an object that takes pods."""
    if one.unclear:
        return
    for selector, before in zip(_selectors(one.manifest), _selectors(one.source), strict=False):
        lost = list(_taken_away(sources, group, one, selector, before))
        yield from lost
        for node, flaw in _none(sources, one.manifest, selector) if not lost else ():
            near = _is_near(sources, selector)
            yield from ((one.file_of(node), each) for each in missing(sources, flaw, sure=near))


def _taken_away(
    sources: Sources, group: Applied, one: Built, selector: Node, before: Node
) -> Iterator[tuple[str, Flaw]]:
    """What is wrong where a patch took from a selector all the pods that it had of what is applied together."""
    labels, wanted = _matched(one.manifest, selector), kubernetes.labels(_matched(one.source, before))
    if not group.whole or one.manifest.kind not in _NEAR or not wanted or _later(labels):
        return
    workloads = [each for each in group.objects if each.manifest.kind in kubernetes.WORKLOADS]
    meant = [each for each in workloads if kubernetes.selects(wanted, each.source.pod)]
    known = meant and not any(each.unclear for each in workloads)
    if known and not built_pods.taken(sources, group, one, kubernetes.labels(labels)):
        yield from _patched(meant, one, labels)


def _patched(workloads: list[Built], one: Built, selector: Node) -> Iterator[tuple[str, Flaw]]:
    """The labels of a selector, and those of its pods, that a patch made unlike each other."""
    for key, value in selector.map.items():
        for workload in workloads:
            label = workload.manifest.pod.at("metadata", "labels", key)
            if label.text != value.text and (one.is_set(value) or workload.is_set(label)):
                owner, place = (workload, label) if workload.is_set(label) else (one, value)
                message = f"{one.manifest.kind} {one.manifest.name} selects {key}={value.text}"
                message = f"{message}, and its pods have {label.text or 'no such label'}"
                right = value.text if owner is workload else label.text
                fix = f"Write `{key}: {right}`." if right else f"Give the pods the label {key}={value.text}."
                yield owner.file_of(place), at(place, message, fix)


def _matched(one: Manifest, selector: Node) -> Node:
    """The labels that a selector wants."""
    return selector if one.kind == "Service" else selector.at("matchLabels")


def _none(sources: Sources, one: Manifest, selector: Node) -> Iterator[tuple[Node, Flaw]]:
    """What is wrong with the labels and values by which an object takes pods, each with its place."""
    labels = _matched(one, selector)
    wanted = kubernetes.labels(labels)
    if wanted and not _later(labels) and not built_pods.anywhere(sources, wanted):
        yield labels, at(labels, f"{one.kind} {one.name}: no pod has {_text(labels)}", _fix(sources, wanted))
    for term in selector.at("matchExpressions").items if one.kind != "Service" else ():
        key, known = term.at("key").text, _values(sources).get(term.at("key").text, set())
        for value in term.at("values").items if term.at("operator").text == "In" else ():
            if value.text not in known and not kubernetes.is_put_in_later(value.text):
                message = f"{one.kind} {one.name}: no pod has {key}={value.text}"
                yield value, at(value, message, _fix(sources, {key: value.text}), did_you_mean(value.text, known))


def _fix(sources: Sources, wanted: dict[str, str]) -> str:
    """What to select instead: for the first label that no pod has, a value that one has."""
    for key, value in wanted.items():
        known = _values(sources).get(key, set())
        if value not in known:
            near = closest(value, sorted(known))
            return f"Write `{key}: {near}`." if near else f"Give the pods that are meant the label {key}={value}."
    return "Write labels that one workload has together."


def _is_near(sources: Sources, selector: Node) -> bool:
    """Whether pods have a label of nearly that value: then the selector is meant for them."""
    pairs = {**kubernetes.labels(selector), **kubernetes.labels(selector.at("matchLabels"))}
    return any(did_you_mean(value, _values(sources).get(key, ())) for key, value in pairs.items())


@shared
def _values(sources: Sources) -> dict[str, set[str]]:
    """The values of each label of pods."""
    found: dict[str, set[str]] = {}
    for key, value in built_pods.labels(sources):
        found.setdefault(key, set()).add(value)
    return found


def _selectors(one: Manifest) -> Iterator[Node]:
    """The selectors of an object that take pods of its own namespace."""
    spec = one.node.at("spec")
    yield spec.at("podSelector" if one.kind == "NetworkPolicy" else "selector")
    for way, peers in (("ingress", "from"), ("egress", "to")):
        for rule in spec.at(way).items if one.kind == "NetworkPolicy" else ():
            yield from (p.at("podSelector") for p in rule.at(peers).items if not p.at("namespaceSelector"))


def _later(selector: Node) -> bool:
    return any(kubernetes.is_put_in_later(value) for value in kubernetes.labels(selector).values())


def _text(selector: Node) -> str:
    return ", ".join(f"{key}={value}" for key, value in kubernetes.labels(selector).items())
