"""Pods that serve are asked whether they are ready, and not restarted for it

Without a readiness probe users are led to pods that do not answer yet, at each release. And a liveness
probe that asks the same page restarts every pod when the database is slow for a minute: let it ask less,
a TCP socket or a page of the process alone. A repository that does so everywhere hears of it once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import availability, kubernetes, pods
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.models.kubernetes import Manifest
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_LITTLE: Final = re.compile(r"live|alive|ping|/-/")
"""Pages that speak of the process alone."""


def files(sources: Sources) -> list[str]:
    return sorted({one.path for one in pods.workloads(sources)})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _readiness(sources, path)
    yield from _liveness(sources, path)


def _serving(sources: Sources) -> Iterator[tuple[Manifest, list[Node]]]:
    """The workloads that Services lead to, with their lasting containers."""
    services = [one.node.at("spec") for one in kubernetes.of_kind(sources, "Service")]
    selectors = availability.Labels(kubernetes.labels(one.at("selector")) for one in services if one.at("selector").map)
    for one in pods.workloads(sources):
        if one.kind in availability.SERVING and selectors.take(one):
            yield one, one.pod.at("spec", "containers").items


@habit_rule("Add a `readinessProbe`.")
def _readiness(sources: Sources) -> Iterator[Lapse | None]:
    for workload, containers in _serving(sources):
        if any(one.at("readinessProbe") for one in containers):
            yield None
        elif not pods.is_patched(sources, workload, "readinessProbe"):
            message = f"{pods.label(workload)} gets requests and is never asked whether it is ready"
            yield lapse(workload.path, containers[0].key("name"), message)


@habit_rule("Ask a TCP socket, or a page that asks nothing else.")
def _liveness(sources: Sources) -> Iterator[Lapse | None]:
    for workload, containers in _serving(sources):
        same = [one for one in containers if _asked(one, "livenessProbe") == _asked(one, "readinessProbe") != ""]
        same = [one for one in same if not _LITTLE.search(_asked(one, "livenessProbe"))]
        if same:
            message = f"{pods.label(workload)} is restarted by the page that says whether it is ready"
            yield lapse(workload.path, same[0].key("livenessProbe"), message)
        if not same and any(one.at("livenessProbe") for one in containers):
            yield None


def _asked(container: Node, probe: str) -> str:
    return container.at(probe, "httpGet", "path").text
