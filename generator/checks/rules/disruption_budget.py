"""Nodes can be drained, and a drain leaves some pods of each service

A PodDisruptionBudget that lets no pod go hangs every upgrade of the cluster until somebody deletes it;
without any, a drain takes all pods of a service at once. Give each workload with several pods a budget
of its own with `maxUnavailable: 1`. A repository without budgets hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.checks.formats.numbers import whole
from generator.checks.models import availability, built_forms, built_pods, kubernetes, pods
from generator.checks.models.habits import Lapse, Told, habit, habit_rule
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_FIX = "Write `maxUnavailable: 1` in its place."


def files(sources: Sources) -> list[str]:
    return built_forms.files(sources, "PodDisruptionBudget", *kubernetes.WORKLOADS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _strict(sources).get(path, [])
    yield from _found(sources, path)


@shared
def _strict(sources: Sources) -> Told:
    return built_forms.told(built_forms.of_kind(sources, "PodDisruptionBudget"), partial(_holds, sources))


def _holds(sources: Sources, group: Applied, budget: Built) -> Iterator[tuple[str, Flaw]]:
    """What is wrong with a budget that lets no pod go."""
    spec, name = budget.manifest.node.at("spec"), f"PodDisruptionBudget {budget.manifest.name}"
    most, least = spec.at("maxUnavailable"), spec.at("minAvailable")
    place, what = least, ""
    if most.text in ("0", "0%"):
        place, what = most, "lets no pod go"
    elif least.text == "100%":
        what = "wants every pod"
    elif whole(least.text) is not None and not budget.unclear:
        labels = kubernetes.labels(spec.at("selector", "matchLabels"))
        chosen = built_pods.taken(sources, group, budget, labels) if labels else []
        number = built_pods.most(sources, group, chosen[0]) if len(chosen) == 1 and not chosen[0].unclear else None
        what = f"wants {least.text} of {number} pods" if number and number <= int(least.text) else ""
    if what:
        yield budget.file_of(place), habit(at(place, f"{name} {what}: no node can be drained", _FIX))


@habit_rule("Add a PodDisruptionBudget with `maxUnavailable: 1` that selects its pods.")
def _found(sources: Sources) -> Iterator[Lapse | None]:
    return built_forms.places(pods.workloads(sources), partial(_drained, sources))


def _drained(sources: Sources, group: Applied, one: Built) -> Iterator[Lapse | None]:
    workload = one.manifest
    if workload.kind not in kubernetes.SERVING or not availability.several(sources, group, one):
        return
    if _budgets(sources, group.together).take(workload):
        yield None
    else:
        message = f"{pods.label(workload)} has several pods and no PodDisruptionBudget: a drain takes all at once"
        yield built_forms.lapsed(one, workload.node.at("metadata", "name"), message)


@shared
def _budgets(sources: Sources, path: str) -> availability.Labels:
    """The labels that budgets beside what is applied at a path ask for."""
    budgets = built_forms.beside(sources, path, "PodDisruptionBudget")
    return availability.selectors(one.manifest.node.at("spec", "selector") for one in budgets)
