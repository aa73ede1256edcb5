"""A rollout may add a pod or take one away

With `maxSurge: 0` no pod may be added, with `maxUnavailable: 0` none may be missing: nothing can be
replaced, and the API server refuses the workload. Leave one of them above 0; `maxSurge: 25%` with
`maxUnavailable: 0` keeps every request.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.models import pods
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_WAYS: Final = {
    "Deployment": ("strategy", "rollingUpdate"),
    "Rollout": ("strategy", "canary"),
    "DaemonSet": ("updateStrategy", "rollingUpdate"),
}
_NONE: Final = ("0", "0%")


def files(sources: Sources) -> list[str]:
    return sorted({one.path for one in pods.workloads(sources)})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in pods.in_file(sources, path):
        way = workload.node.at("spec", *_WAYS.get(workload.kind, ("", "")))
        surge, missing = way.at("maxSurge"), way.at("maxUnavailable")
        none_added = surge.text in _NONE or (workload.kind == "DaemonSet" and not surge)
        if missing.text in _NONE and none_added:
            message = f"{pods.label(workload)} can replace no pod: none may be added, and none may be missing"
            yield at(surge or missing, message, "Write `maxSurge: 25%`.")
