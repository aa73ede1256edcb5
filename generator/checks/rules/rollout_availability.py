"""A release leaves some pods that serve

With `maxUnavailable: 100%`, or `type: Recreate`, all pods stop before the first new one is ready: users
see errors at each release. Use `RollingUpdate` with `maxUnavailable: 0`. A workload that can only run
once, on a volume of its own, is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import availability, pods
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return sorted({one.path for one in pods.workloads(sources)})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in pods.in_file(sources, path):
        if not availability.several(sources, workload):
            continue
        strategy = workload.node.at("spec", "strategy")
        everyone = strategy.at("rollingUpdate", "maxUnavailable") or strategy.at("canary", "maxUnavailable")
        recreated = strategy.at("type")
        fix = "Write `type: RollingUpdate`, and `rollingUpdate: {maxUnavailable: 0}` beside it."
        if everyone.text == "100%":
            yield habit(
                at(everyone, f"{pods.label(workload)}: every pod is replaced at once", "Write `maxUnavailable: 0`.")
            )
        elif recreated.text == "Recreate":
            yield habit(at(recreated, f"{pods.label(workload)}: every pod stops before a new one starts", fix))
