"""A release fails no sooner than its pods may take to start

`progressDeadlineSeconds` says after how long without a new ready pod a release has failed. Where a pod may take longer
than that by its startup probe, a slow start on a busy node is a failed release, and what goes back by itself goes back.
And Kubernetes refuses a deadline that is not above `minReadySeconds`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats.numbers import whole
from generator.checks.formats.yaml import Node
from generator.checks.models import built_forms, built_pods, pods
from generator.checks.models.habits import Told, habit
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_KINDS: Final = ("Deployment", "Rollout")
_KEY: Final = "progressDeadlineSeconds"
_USUAL: Final = {"initialDelaySeconds": 0, "periodSeconds": 10, "failureThreshold": 3}


files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    return built_forms.told((forms for forms in pods.workloads(sources) if forms[0][1].manifest.kind in _KINDS), _late)


def _late(_: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    spec = one.manifest.node.at("spec")
    deadline, wait = spec.at(_KEY), whole(spec.at("minReadySeconds").text or "0")
    limit = whole(deadline.text)
    if limit is None or wait is None or one.unclear:
        return
    longest = max((_budget(each.at("startupProbe")) for each in one.manifest.containers), default=0)
    path, place = built_pods.set_first([(one, deadline)])
    if limit <= wait and one.manifest.kind == "Deployment":
        message = f"{pods.label(one.manifest)} is refused: its deadline of {limit} s is not above minReadySeconds"
        yield path, at(place, message, f"Write more than {wait}.")
    elif longest and longest + wait > limit:
        message = f"{pods.label(one.manifest)} may take {longest} s to start and {wait} s to count as there"
        fix = f"Write more than {longest + wait}, or let the startup probe give up sooner."
        yield path, habit(at(place, f"{message}, and its release fails after {limit} s", fix))


def _budget(probe: Node) -> int:
    """Seconds after which a startup probe gives up; 0 where nobody knows."""
    delay, period, failures = (whole(probe.at(key).text) if probe.at(key) else usual for key, usual in _USUAL.items())
    known = probe and delay is not None and period is not None and failures is not None
    return (delay or 0) + (period or 0) * (failures or 0) if known else 0
