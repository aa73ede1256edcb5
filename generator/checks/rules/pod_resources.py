"""Containers say what they need, and what they may take at most

Without requests the scheduler puts everything on one node; without a limit of memory one leak takes the
whole node with it. And the API server refuses a container that requests more than its limit. Write
`requests` of CPU and memory, and a `limits.memory`. A repository that says so nowhere hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import built_forms, built_pods, pods
from generator.checks.models.habits import Lapse, Told, habit_rule
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.models.quantity import quantity
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _crossed(sources).get(path, [])
    yield from _found(sources, path)


@shared
def _crossed(sources: Sources) -> Told:
    return built_forms.told(pods.workloads(sources), _crosses)


def _crosses(_: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    for container in one.manifest.containers:
        limits = container.at("resources", "limits")
        for name, asked in container.at("resources", "requests").map.items():
            least, most = quantity(asked.text), quantity(limits.at(name).text)
            if least is not None and most is not None and least > most:
                path, place = built_pods.set_first([(one, asked), (one, limits.at(name))])
                what = f"{pods.label(one.manifest)}: container {container.at('name').text}"
                message = f"{what} requests {asked.text} of {name}, and its limit is {limits.at(name).text}"
                fix = f"Request {limits.at(name).text} or less, or raise the limit to {asked.text}."
                yield path, at(place, message, fix)


@habit_rule("Write `requests` of CPU and memory, and a limit of memory.")
def _found(sources: Sources) -> Iterator[Lapse | None]:
    return built_forms.places(pods.workloads(sources), _leaves)


def _leaves(_: Applied, one: Built) -> Iterator[Lapse | None]:
    missing = [each for container in pods.containers(one, lasting=True) for each in _missing(one, container)]
    if not missing:
        yield None
    else:
        words = ", ".join(dict.fromkeys(what for _, what in missing))
        yield built_forms.lapsed(one, missing[0][0], f"{pods.label(one.manifest)} sets no {words}")


def _missing(one: Built, container: Node) -> Iterator[tuple[Node, str]]:
    """What neither a container nor its pod says, each with the place where it belongs."""
    given = (container.at("resources"), one.manifest.pod.at("spec", "resources"))
    for name in ("cpu", "memory"):
        # A limit alone is the request, too.
        if not any(each.at("requests", name) or each.at("limits", name) for each in given):
            yield pods.place(one, container, "resources"), f"request of {name}"
    if not any(each.at("limits", "memory") for each in given):
        yield pods.place(one, container, "resources", "limits"), "limit of memory"
