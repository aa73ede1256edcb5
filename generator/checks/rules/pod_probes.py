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
from generator.checks.models import availability, built_forms, kubernetes, pods
from generator.checks.models.built_forms import Forms
from generator.checks.models.habits import Lapse, habit_rule
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_LITTLE: Final = re.compile(r"live|alive|ping|/-/")
"""Pages that speak of the process alone."""


files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _readiness(sources, path)
    yield from _liveness(sources, path)


@shared
def _serving(sources: Sources) -> list[Forms]:
    """The workloads that Services lead to."""
    services = (one.manifest.node.at("spec") for forms in built_forms.of_kind(sources, "Service") for _, one in forms)
    selectors = availability.Labels(kubernetes.labels(one.at("selector")) for one in services if one.at("selector").map)
    return [
        tuple((group, one) for group, one in forms if selectors.take(one.manifest))
        for forms in pods.workloads(sources)
        if forms[0][1].manifest.kind in kubernetes.SERVING
    ]


@habit_rule("Add a `readinessProbe`.")
def _readiness(sources: Sources) -> Iterator[Lapse | None]:
    return built_forms.places(_serving(sources), _unasked)


def _unasked(_: Applied, one: Built) -> Iterator[Lapse | None]:
    containers = pods.containers(one, lasting=True)
    if any(each.at("readinessProbe") for each in containers):
        yield None
    else:
        message = f"{pods.label(one.manifest)} gets requests and is never asked whether it is ready"
        yield built_forms.lapsed(one, containers[0].key("name"), message)


@habit_rule("Ask a TCP socket, or a page that asks nothing else.")
def _liveness(sources: Sources) -> Iterator[Lapse | None]:
    return built_forms.places(_serving(sources), _restarted)


def _restarted(_: Applied, one: Built) -> Iterator[Lapse | None]:
    containers = pods.containers(one, lasting=True)
    for each in containers:
        asked = _asked(each, "livenessProbe")
        if asked.text and asked.text == _asked(each, "readinessProbe").text and not _LITTLE.search(asked.text):
            message = f"{pods.label(one.manifest)} is restarted by the page that says whether it is ready"
            yield built_forms.lapsed(one, asked if one.is_set(asked) else each.key("livenessProbe"), message)
            return
    if any(each.at("livenessProbe") for each in containers):
        yield None


def _asked(container: Node, probe: str) -> Node:
    return container.at(probe, "httpGet", "path")
