"""Nodes can be drained, and a drain leaves some pods of each service

A PodDisruptionBudget that lets no pod go hangs every upgrade of the cluster until somebody deletes it;
without any, a drain takes all pods of a service at once. Give each workload with several pods a budget
of its own with `maxUnavailable: 1`. A repository without budgets hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import availability, kubernetes, pods
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.models.kubernetes import Manifest
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources
from generator.finding import Severity

FORMAT = Format.KUBERNETES

_FIX = "Write `maxUnavailable: 1` in its place."


def files(sources: Sources) -> list[str]:
    workloads = {one.path for one in pods.workloads(sources)}
    return sorted(workloads | set(kubernetes.files_of(sources, "PodDisruptionBudget")))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for budget in kubernetes.in_file(sources, path, "PodDisruptionBudget"):
        spec = budget.node.at("spec")
        most, least = spec.at("maxUnavailable"), spec.at("minAvailable")
        if most.text in ("0", "0%"):
            yield at(
                most,
                f"PodDisruptionBudget {budget.name} lets no pod go: no node can be drained",
                _FIX,
                severity=Severity.WARNING,
            )
        elif least.text == "100%":
            yield at(
                least,
                f"PodDisruptionBudget {budget.name} wants every pod: no node can be drained",
                _FIX,
                severity=Severity.WARNING,
            )
        elif least.text.isdecimal():
            yield from _all_needed(sources, budget, int(least.text))
    yield from _found(sources, path)


def _all_needed(sources: Sources, budget: Manifest, least: int) -> Iterator[Flaw]:
    spec = budget.node.at("spec")
    labels = kubernetes.labels(spec.at("selector", "matchLabels"))
    chosen = kubernetes.selected(sources, labels) if labels else []
    if len(chosen) == 1:
        number = availability.fixed(sources, chosen[0])
        if number is not None and 0 < number <= least:
            message = f"PodDisruptionBudget {budget.name} wants {least} of {number} pods: no node can be drained"
            yield at(spec.at("minAvailable"), message, _FIX, severity=Severity.WARNING)


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
