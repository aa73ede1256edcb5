"""Autoscalers, budgets, Services and routes act on what they are called after

Who copies a file and changes its name but not its target leaves two that act on one service, and none on another, while
every name is there. Two autoscalers of one workload stop each other (AmbiguousSelector), and pods that two
PodDisruptionBudgets select cannot be evicted at all, so that no node is drained. A Service, an autoscaler, a budget, a
route or a TargetGroupConfiguration with the name of one workload that acts on another alone may be meant elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import built_forms, built_pods, kubernetes, references
from generator.checks.models.habits import Told, habit
from generator.checks.models.kustomize_build import Applied, applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_BUDGET: Final = "PodDisruptionBudget"
_TARGETS: Final = "TargetGroupConfiguration"
_KINDS: Final = (*references.SCALERS, _BUDGET, "Service", _TARGETS, *references.ROUTES)
_OF_SERVICES: Final = (_TARGETS, *references.ROUTES)
"""What acts on Services."""
_HANDED_OVER: Final = "scaledobject.keda.sh/transfer-hpa-ownership"
"""An annotation by which KEDA takes over the autoscaler that is there."""


@dataclass(frozen=True, slots=True)
class _Act:
    """An object that acts on others of what is applied with it."""

    one: Built
    place: Node
    """Where it says on what."""
    targets: list[tuple[str, str]]
    """Workloads, or Services, by kind and name."""
    meant: Built | None
    """What it is called after, where it acts on others alone."""


def files(sources: Sources) -> list[str]:
    return built_forms.files(sources, *_KINDS)


def check(sources: Sources, path: str) -> list[Flaw]:
    return _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    return built_forms.told(built_forms.of_kind(sources, *_KINDS), partial(_judged, sources))


def _judged(sources: Sources, group: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    act = _acts(sources).get((group.path, id(one)))
    if act is None or not act.targets:
        return
    name = f"{one.manifest.kind} {one.manifest.name} is for {' '.join(act.targets[0])}"
    other = _other(sources, group, act)
    if other:
        why = "no pod of it can be evicted" if one.manifest.kind == _BUDGET else "neither scales it"
        message = f"{name}, as {other.one.manifest.kind} {other.one.manifest.name} is: {why}"
        out = f"Take one of {one.manifest.name} and {other.one.manifest.name} out."
        yield one.file_of(act.place), at(act.place, message, _fix(act, act.meant) if act.meant else out)
    elif act.meant:
        message = f"{name}, and not for {act.meant.manifest.kind} {act.meant.manifest.name}"
        yield one.file_of(act.place), habit(at(act.place, message, _fix(act, act.meant)))


def _other(sources: Sources, group: Applied, act: _Act) -> _Act | None:
    """What acts on the same and must not, where this one is wrong: it is called otherwise, or comes later."""
    for target in act.targets if _must_be_alone(act.one) else ():
        every = _alone(sources)[group.path, _family(act.one), act.one.namespace, *target]
        later = every[0] is not act and all(each.meant is None for each in every)
        if len(every) > 1 and (act.meant or later):
            return next(each for each in every if each is not act)
    return None


def _fix(act: _Act, meant: Built) -> str:
    """How it comes to act on what it is called after."""
    labels = kubernetes.labels(meant.manifest.pod.at("metadata", "labels"))
    for key, value in act.place.map.items():
        if labels.get(key, value.text) != value.text:
            return f"Write `{key}: {labels[key]}`."
    return f"Select the pods of {meant.manifest.name}." if act.place.is_map else f"Write {meant.manifest.name}."


def _family(one: Built) -> str:
    """Autoscalers of any kind, or budgets."""
    return _BUDGET if one.manifest.kind == _BUDGET else references.SCALERS[0]


@shared
def _alone(sources: Sources) -> dict[tuple[str, ...], list[_Act]]:
    """What must be the only one, by what is applied together, its family, namespace, and target."""
    found: dict[tuple[str, ...], list[_Act]] = {}
    for (path, _), act in _acts(sources).items():
        for target in act.targets if _must_be_alone(act.one) else ():
            found.setdefault((path, _family(act.one), act.one.namespace, *target), []).append(act)
    return found


def _must_be_alone(one: Built) -> bool:
    handed_over = one.manifest.node.at("metadata", "annotations", _HANDED_OVER)
    return one.manifest.kind in (*references.SCALERS, _BUDGET) and not handed_over


@shared
def _acts(sources: Sources) -> dict[tuple[str, int], _Act]:
    """What acts on others, by what it is applied with."""
    found: dict[tuple[str, int], _Act] = {}
    for group in applied(sources):
        workloads = {(one.namespace, one.manifest.name): one for one in group.of_kind(*kubernetes.SERVING)}
        services = {(one.namespace, one.manifest.name): one for one in group.of_kind("Service")}
        for one in group.of_kind(*_KINDS):
            place, targets = _targets(sources, group, one)
            called = (one.namespace, one.manifest.name)
            meant = (services if one.manifest.kind in _OF_SERVICES else workloads).get(called)
            others = {name for _, name in targets}
            known = all((one.namespace, name) in workloads for name in others)
            found[group.path, id(one)] = _Act(
                one, place, targets, meant if known and one.manifest.name not in others else None
            )
    return found


def _targets(sources: Sources, group: Applied, one: Built) -> tuple[Node, list[tuple[str, str]]]:
    """Where an object says on what it acts, and what that is."""
    spec, kind = one.manifest.node.at("spec"), one.manifest.kind
    if kind in references.SCALERS:
        return spec.at("scaleTargetRef", "name"), [references.scaled(one.manifest)]
    if kind == _TARGETS:
        name = spec.at("targetReference", "name")
        return name, [("Service", name.text)]
    if kind in references.ROUTES:
        names = [name for name, _, _ in references.of_route(one.manifest)]
        return (names or [spec])[0], list(dict.fromkeys(("Service", name.text) for name in names))
    selector = spec.at("selector") if kind == "Service" else spec.at("selector", "matchLabels")
    labels = {} if spec.at("selector", "matchExpressions") else kubernetes.labels(selector)
    taken = built_pods.taken(sources, group, one, labels) if labels else []
    return selector, list(dict.fromkeys((each.manifest.kind, each.manifest.name) for each in taken))
