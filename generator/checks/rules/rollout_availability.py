"""A release leaves some pods that serve

With `maxUnavailable: 100%`, or `type: Recreate`, all pods stop before the first new one is ready: users
see errors at each release. Use `RollingUpdate` with `maxUnavailable: 0`. A workload that can only run
once, on a volume of its own, is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.checks.models import availability, built_forms, pods
from generator.checks.models.habits import Told, habit
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES


files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    return built_forms.told(pods.workloads(sources), partial(_stopped, sources))


def _stopped(sources: Sources, group: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    strategy = one.manifest.node.at("spec", "strategy")
    everyone = strategy.at("rollingUpdate", "maxUnavailable") or strategy.at("canary", "maxUnavailable")
    recreated, name = strategy.at("type"), pods.label(one.manifest)
    at_once, before = everyone.text == "100%", recreated.text == "Recreate"
    if (at_once or before) and not one.unclear and availability.several(sources, group, one):
        if at_once:
            message = f"{name}: every pod is replaced at once"
            yield one.file_of(everyone), habit(at(everyone, message, "Write `maxUnavailable: 0`."))
        else:
            fix = "Write `type: RollingUpdate`, and `rollingUpdate: {maxUnavailable: 0}` beside it."
            message = f"{name}: every pod stops before a new one starts"
            yield one.file_of(recreated), habit(at(recreated, message, fix))
