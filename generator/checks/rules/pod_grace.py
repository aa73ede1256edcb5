"""Pods have time to end after they waited for it

Kubernetes counts `terminationGracePeriodSeconds` from the moment when `preStop` begins. Where the pause
there is as long as the whole period, the process is killed as it is told to stop, and requests are cut
off at each release. Make the period longer than the pause and the longest request together. What is generated leaves
30 seconds for requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.models import built_forms, built_pods, pods
from generator.checks.models.habits import Told
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared
from generator.finding import Severity

FORMAT = Format.KUBERNETES

_REQUEST: Final = 30
"""Seconds that a request which is under way may take, as what is generated promises."""


files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    least = _REQUEST if is_ours(sources) else 0

    def flaws(_: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
        return _late(one, least)

    return built_forms.told(pods.workloads(sources), flaws)


def _late(one: Built, least: int) -> Iterator[tuple[str, Flaw]]:
    """Where too little is left of the period when the pause is over: less than `least` seconds, or none."""
    given = one.manifest.pod.at("spec", "terminationGracePeriodSeconds")
    period = pods.grace(one.manifest)
    for container in one.manifest.containers if period is not None and not one.unclear else ():
        pause = pods.waits(container.at("lifecycle", "preStop"))
        left = (period or 0) - (pause or 0)
        if pause is None or left >= max(least, 1):
            continue
        told = f"has {left} s left, where requests may take {least}" if left > 0 else f"is killed after {period} s"
        message = f"{pods.label(one.manifest)} waits {pause} s before it stops, and {told}"
        hook = container.at("lifecycle").key("preStop")
        path, place = built_pods.set_first([(one, given), (one, hook)] if given else [(one, hook)])
        severity = Severity.WARNING if left > 0 else Severity.ERROR
        yield path, at(place, message, f"Write `terminationGracePeriodSeconds: {pause + _REQUEST}`.", severity=severity)
        return
