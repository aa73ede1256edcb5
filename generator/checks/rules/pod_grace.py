"""Pods have time to end after they waited for it

Kubernetes counts `terminationGracePeriodSeconds` from the moment when `preStop` begins. Where the pause
there is as long as the whole period, the process is killed as it is told to stop, and requests are cut
off at each release. Make the period longer than the pause and the longest request together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import pods
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_USUAL = 30
"""Seconds that a pod has where it says nothing."""


def files(sources: Sources) -> list[str]:
    return sorted({one.path for one in pods.workloads(sources)})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in pods.in_file(sources, path):
        given = workload.pod.at("spec", "terminationGracePeriodSeconds")
        if (given and not given.text.isdecimal()) or pods.is_patched(
            sources, workload, "terminationGracePeriodSeconds"
        ):
            continue
        period = int(given.text) if given else _USUAL
        for container in workload.containers:
            pause = _pause(container.at("lifecycle", "preStop"))
            if pause is not None and pause >= period:
                message = f"{pods.label(workload)} waits {pause} s before it stops, and is killed after {period} s"
                place = given or container.at("lifecycle").key("preStop")
                yield at(place, message, f"Write `terminationGracePeriodSeconds: {pause + _USUAL}`.")
                break


def _pause(before: Node) -> int | None:
    """How many seconds a hook sleeps; None where it does something else."""
    seconds = before.at("sleep", "seconds").text
    words = " ".join(one.text for one in before.at("exec", "command").items)
    slept = re.search(r"(?:^|[\s;&])sleep (\d{1,6})\b", words)
    if seconds.isdecimal():
        return int(seconds)
    return int(slept[1]) if slept else None
