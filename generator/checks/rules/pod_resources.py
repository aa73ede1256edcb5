"""Containers say what they need, and what they may take at most

Without requests the scheduler puts everything on one node; without a limit of memory one leak takes the
whole node with it. And the API server refuses a container that requests more than its limit. Write
`requests` of CPU and memory, and a `limits.memory`. A repository that says so nowhere hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import pods
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.quantity import quantity
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in pods.in_file(sources, path):
        for container in workload.containers:
            yield from _crossed(workload, container)
    yield from _found(sources, path)


def _crossed(workload: Manifest, container: Node) -> Iterator[Flaw]:
    limits = container.at("resources", "limits").map
    for name, asked in container.at("resources", "requests").map.items():
        least, most = quantity(asked.text), quantity(limits[name].text) if name in limits else None
        if least is not None and most is not None and least > most:
            what = f"{pods.label(workload)}: container {container.at('name').text}"
            message = f"{what} requests {asked.text} of {name}, and its limit is {limits[name].text}"
            yield at(asked, message, f"Request {limits[name].text} or less, or raise the limit to {asked.text}.")


@habit_rule("Write `requests` of CPU and memory, and a limit of memory.")
def _found(sources: Sources) -> Iterator[Lapse | None]:
    for workload in pods.workloads(sources):
        patched = pods.patched_words(sources, workload)
        missing = [one for container in _lasting(workload) for one in _missing(container, patched)]
        if not missing:
            yield None
        else:
            words = ", ".join(dict.fromkeys(what for _, what in missing))
            yield lapse(workload.path, missing[0][0], f"{pods.label(workload)} sets no {words}")


def _lasting(workload: Manifest) -> list[Node]:
    """The containers that run as long as the pod does."""
    return workload.pod.at("spec", "containers").items


def _missing(container: Node, patched: frozenset[str]) -> Iterator[tuple[Node, str]]:
    """What a container does not say, nor a patch for it, each with the place where it belongs."""
    given = container.at("resources")
    place = container.key("resources") if given else container.key("name")
    for name in ("cpu", "memory"):
        # A limit alone is the request, too.
        if not given.at("requests", name) and not given.at("limits", name) and "requests" not in patched:
            yield place, f"request of {name}"
    if not given.at("limits", "memory") and "limits" not in patched:
        yield given.key("limits") if given.at("limits") else place, "limit of memory"
