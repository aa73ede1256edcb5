"""Pods have time to end after they waited for it

Kubernetes counts `terminationGracePeriodSeconds` from the moment when `preStop` begins. Where the pause
there is as long as the whole period, the process is killed as it is told to stop, and requests are cut
off at each release. Make the period longer than the pause and the longest request together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats.numbers import whole
from generator.checks.formats.yaml import Node
from generator.checks.models import built_forms, built_pods, pods
from generator.checks.models.habits import Told
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_USUAL = 30
"""Seconds that a pod has where it says nothing."""


files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    return built_forms.told(pods.workloads(sources), _killed)


def _killed(_: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    given = one.manifest.pod.at("spec", "terminationGracePeriodSeconds")
    period = whole(given.text) if given else _USUAL
    for container in one.manifest.containers if period is not None and not one.unclear else ():
        pause = _pause(container.at("lifecycle", "preStop"))
        if pause is not None and pause >= (period or 0):
            message = f"{pods.label(one.manifest)} waits {pause} s before it stops, and is killed after {period} s"
            hook = container.at("lifecycle").key("preStop")
            path, place = built_pods.set_first([(one, given), (one, hook)] if given else [(one, hook)])
            yield path, at(place, message, f"Write `terminationGracePeriodSeconds: {pause + _USUAL}`.")
            return


def _pause(before: Node) -> int | None:
    """How many seconds a hook sleeps; None where it does something else."""
    seconds = before.at("sleep", "seconds").text
    words = " ".join(one.text for one in before.at("exec", "command").items)
    slept = re.search(r"(?:^|[\s;&])sleep (\d{1,6})\b", words)
    if seconds.isdecimal():
        return int(seconds)
    return int(slept[1]) if slept else None
