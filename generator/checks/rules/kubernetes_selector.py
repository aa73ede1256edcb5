"""Selectors take the pods that they are meant for

A Service, budget or network policy whose selector fits no pod does nothing and says nothing, and a peer of a
policy that no pod is lets nobody in; a workload whose selector is not in its own template is refused, and pods
that are spread by a label that they lack are not spread. Compare the selector's labels with
`spec.template.metadata.labels`. Where charts, operators or remote bases make pods that the repository does not show,
only workloads are judged; where no pod has nearly such a label, pods may be somebody else's: that is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import built_pods, kubernetes, kustomize
from generator.checks.models.habits import Told, gathered
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kubernetes_world import missing
from generator.checks.models.kustomize_build import Applied, overlays
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead
from generator.checks.source import Sources, shared
from generator.spelling import closest

FORMAT = Format.KUBERNETES

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout")
_OTHERS = ("Service", "PodDisruptionBudget", "NetworkPolicy", "PodMonitor")


def files(sources: Sources) -> list[str]:
    found = kubernetes.files_of(sources, *kubernetes.WORKLOADS, *_OTHERS)
    return sorted({*found, *(_in_overlays(sources) if found else ())})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in kubernetes.in_file(sources, path, *_WORKLOADS):
        selector = one.node.at("spec", "selector", "matchLabels")
        if not selector or not one.pod or _later(selector):
            continue
        if not kubernetes.selects(_wanted(sources, selector), one.pod):
            message = f"{one.kind} {one.name}: its own pods do not have {_text(selector)}"
            yield at(selector, message, f"Give the pods of its template the labels {_text(selector)}.")
    for one in kubernetes.in_file(sources, path, *kubernetes.WORKLOADS):
        for constraint in one.pod.at("spec", "topologySpreadConstraints").items:
            selector = constraint.at("labelSelector", "matchLabels")
            if selector.map and not _later(selector) and not kubernetes.selects(_wanted(sources, selector), one.pod):
                message = f"{one.kind} {one.name} is spread by {_text(selector)}, which its own pods do not have"
                yield at(selector, message, f"Write labels of its pods: {_text(one.pod.at('metadata', 'labels'))}.")
    for one in kubernetes.in_file(sources, path, *_OTHERS):
        for selector in _selectors(one):
            for flaw in _none(sources, one, selector):
                yield from missing(sources, flaw, sure=_is_near(sources, selector))
    yield from _in_overlays(sources).get(path, [])


@shared
def _in_overlays(sources: Sources) -> Told:
    """What patches make of selectors and labels that fit where they are written, told where the patch stands."""
    return gathered(found for group in overlays(sources) for found in _patched(group))


def _patched(group: Applied) -> Iterator[tuple[str, Flaw]]:
    for one in group.of_kind(*_WORKLOADS):
        selector = one.manifest.node.at("spec", "selector", "matchLabels")
        if one.patched and selector and one.manifest.pod and not _later(selector):
            yield from _lost([one], one, selector)
    for one in group.of_kind("Service", "PodDisruptionBudget") if group.whole else ():
        selector = one.manifest.node.at("spec", "selector")
        labels = selector if one.manifest.kind == "Service" else selector.at("matchLabels")
        before = one.source.node.at("spec", "selector")
        wanted = kubernetes.labels(before if one.manifest.kind == "Service" else before.at("matchLabels"))
        workloads = [each for each in group.objects if each.manifest.kind in kubernetes.WORKLOADS]
        meant = [each for each in workloads if wanted and kubernetes.selects(wanted, each.source.pod)]
        known = meant and not any(each.unclear for each in workloads) and not _later(labels)
        if known and not built_pods.taken(group, one, kubernetes.labels(labels)):
            yield from _lost(meant, one, labels)


def _lost(workloads: list[Built], one: Built, selector: Node) -> Iterator[tuple[str, Flaw]]:
    """What is wrong where a patch took from a selector the pods that it had."""
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


def _none(sources: Sources, one: Manifest, selector: Node) -> Iterator[Flaw]:
    """What is wrong with the labels and values by which an object takes pods."""
    labels = selector if one.kind == "Service" else selector.at("matchLabels")
    wanted = _wanted(sources, labels)
    if wanted and not _later(labels) and not kubernetes.selected(sources, wanted):
        yield at(labels, f"{one.kind} {one.name}: no pod has {_text(labels)}", _fix(sources, wanted))
    for term in selector.at("matchExpressions").items if one.kind != "Service" else ():
        key, known = term.at("key").text, _values(sources).get(term.at("key").text, set())
        for value in term.at("values").items if term.at("operator").text == "In" else ():
            if (
                value.text not in known
                and (key, value.text) not in _added(sources)
                and not kubernetes.is_put_in_later(value.text)
            ):
                message = f"{one.kind} {one.name}: no pod has {key}={value.text}{did_you_mean(value.text, known)}"
                yield at(value, message, instead(message, _fix(sources, {key: value.text})))


def _fix(sources: Sources, wanted: dict[str, str]) -> str:
    """What to select instead: for the first label that no pod has, a value that one has."""
    for key, value in wanted.items():
        known = _values(sources).get(key, set())
        if value not in known:
            near = closest(value, sorted(known))
            return f"Write `{key}: {near}`." if near else f"Give the pods that are meant the label {key}={value}."
    return "Write labels that one workload has together."


def _wanted(sources: Sources, selector: Node) -> dict[str, str]:
    """The labels of a selector, without those that kustomizations give pods."""
    return {key: value for key, value in kubernetes.labels(selector).items() if (key, value) not in _added(sources)}


@shared
def _added(sources: Sources) -> frozenset[tuple[str, str]]:
    """The labels that kustomizations and patches add to what they take."""
    found: set[tuple[str, str]] = set()
    for root in kubernetes.kustomizations(sources).values():
        for pairs in (root.at("commonLabels"), *(entry.at("pairs") for entry in root.at("labels").items)):
            found |= set(kubernetes.labels(pairs).items())
    for entries in kustomize.patch_files(sources).values():
        for node in (node for _, patch in entries for node in patch.document.walk()):
            found |= set(kubernetes.labels(node.at("labels")).items())
    return frozenset(found)


def _is_near(sources: Sources, selector: Node) -> bool:
    """Whether pods have a label of nearly that value: then the selector is meant for them."""
    pairs = {**kubernetes.labels(selector), **kubernetes.labels(selector.at("matchLabels"))}
    return any(did_you_mean(value, _values(sources).get(key, ())) for key, value in pairs.items())


@shared
def _values(sources: Sources) -> dict[str, set[str]]:
    """The values of each label of pods."""
    found: dict[str, set[str]] = {}
    for one in kubernetes.of_kind(sources, *kubernetes.WORKLOADS):
        for key, value in kubernetes.labels(one.pod.at("metadata", "labels")).items():
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
