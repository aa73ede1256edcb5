"""A rollout may add a pod or take one away

With `maxSurge: 0` no pod may be added, with `maxUnavailable: 0` none may be missing: nothing can be
replaced, and the API server refuses the workload. Leave one of them above 0; `maxSurge: 25%` with
`maxUnavailable: 0` keeps every request.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.models import built_forms, built_pods, pods
from generator.checks.models.habits import Told
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_WAYS: Final = {
    "Deployment": ("strategy", "rollingUpdate"),
    "Rollout": ("strategy", "canary"),
    "DaemonSet": ("updateStrategy", "rollingUpdate"),
}
_NONE: Final = ("0", "0%")


files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    return built_forms.told(pods.workloads(sources), _stuck)


def _stuck(_: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    way = one.manifest.node.at("spec", *_WAYS.get(one.manifest.kind, ("", "")))
    surge, missing = way.at("maxSurge"), way.at("maxUnavailable")
    none_added = surge.text in _NONE or (one.manifest.kind == "DaemonSet" and not surge)
    if missing.text in _NONE and none_added and not one.unclear:
        message = f"{pods.label(one.manifest)} can replace no pod: none may be added, and none may be missing"
        path, place = built_pods.set_first([(one, surge), (one, missing)] if surge else [(one, missing)])
        yield path, at(place, message, "Write `maxSurge: 25%`.")
