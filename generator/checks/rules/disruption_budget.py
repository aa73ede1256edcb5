"""Nodes can be drained, and a drain leaves some pods of each service

A PodDisruptionBudget that lets no pod go hangs every upgrade of the cluster until somebody deletes it;
without any, a drain takes all pods of a service at once. Give each workload with several pods a budget
of its own with `maxUnavailable: 1`. A repository without budgets hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.numbers import whole
from generator.checks.models import availability, built_pods, kubernetes, pods
from generator.checks.models.habits import Lapse, Told, gathered, habit, habit_rule, lapse
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kustomize_build import Applied, overlays
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_FIX = "Write `maxUnavailable: 1` in its place."


def files(sources: Sources) -> list[str]:
    workloads = {one.path for one in pods.workloads(sources)}
    budgets = kubernetes.files_of(sources, "PodDisruptionBudget")
    return sorted({*workloads, *budgets, *(_in_overlays(sources) if budgets else ())})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for budget in kubernetes.in_file(sources, path, "PodDisruptionBudget"):
        spec = budget.node.at("spec")
        most, least = spec.at("maxUnavailable"), spec.at("minAvailable")
        if most.text in ("0", "0%"):
            yield habit(at(most, f"PodDisruptionBudget {budget.name} lets no pod go: no node can be drained", _FIX))
        elif least.text == "100%":
            yield habit(at(least, f"PodDisruptionBudget {budget.name} wants every pod: no node can be drained", _FIX))
        elif least.text.isdecimal():
            yield from _all_needed(sources, budget, int(least.text))
    yield from _in_overlays(sources).get(path, [])
    yield from _found(sources, path)


def _all_needed(sources: Sources, budget: Manifest, least: int) -> Iterator[Flaw]:
    spec = budget.node.at("spec")
    labels = kubernetes.labels(spec.at("selector", "matchLabels"))
    chosen = kubernetes.selected(sources, labels) if labels else []
    if len(chosen) == 1:
        number = availability.fixed(sources, chosen[0])
        if number is not None and 0 < number <= least:
            message = f"PodDisruptionBudget {budget.name} wants {least} of {number} pods: no node can be drained"
            yield habit(at(spec.at("minAvailable"), message, _FIX))


@shared
def _in_overlays(sources: Sources) -> Told:
    """What kustomizations make of a budget that leaves room where it is written; of several, the first is told."""
    found: dict[tuple[str, int], tuple[str, Flaw]] = {}
    for group in overlays(sources):
        for budget in group.of_kind("PodDisruptionBudget"):
            for path, flaw in _left(sources, group, budget):
                found.setdefault((path, flaw.line), (path, flaw))
    return gathered(found.values())


def _left(sources: Sources, group: Applied, budget: Built) -> Iterator[tuple[str, Flaw]]:
    spec = budget.manifest.node.at("spec")
    least, labels = spec.at("minAvailable"), kubernetes.labels(spec.at("selector", "matchLabels"))
    chosen = built_pods.taken(group, budget, labels) if labels and whole(least.text) else []
    said = not budget.is_set(least) and any(_all_needed(sources, budget.source, whole(least.text) or 0))
    if len(chosen) != 1 or chosen[0].unclear or said:
        return
    number = built_pods.most(group, chosen[0])
    if number and number <= int(least.text):
        where = group.path if budget.file_of(least) != group.path else "this kustomization"
        message = f"PodDisruptionBudget {budget.manifest.name} wants {least.text} of {number} pods in {where}"
        yield budget.file_of(least), habit(at(least, f"{message}: no node can be drained", _FIX))


@habit_rule("Add a PodDisruptionBudget with `maxUnavailable: 1` that selects its pods.")
def _found(sources: Sources) -> Iterator[Lapse | None]:
    budgets = kubernetes.of_kind(sources, "PodDisruptionBudget")
    selectors = availability.selectors(one.node.at("spec", "selector") for one in budgets)
    for workload in pods.workloads(sources):
        if workload.kind not in availability.SERVING or not availability.several(sources, workload):
            continue
        if selectors.take(workload):
            yield None
        else:
            message = f"{pods.label(workload)} has several pods and no PodDisruptionBudget: a drain takes all at once"
            yield lapse(workload.path, workload.node.at("metadata", "name"), message)
