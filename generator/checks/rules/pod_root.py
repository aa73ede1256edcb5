"""Pods run as a user that is not root

A process that is root in its container is root on the node as soon as it breaks out; a namespace with
the restricted profile refuses the pod. Write `runAsNonRoot: true` and a numbered `runAsUser` into the
`securityContext` of the pod. A repository that says so of no pod hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import built_forms, pods
from generator.checks.models.habits import Lapse, Told, habit, habit_rule
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_WRONG = (("runAsUser", "0"), ("runAsNonRoot", "false"))
_FIX = "Write `runAsNonRoot: true`, and `runAsUser` with the number of a user that is not 0."

files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _allowed(sources).get(path, [])
    yield from _found(sources, path)


@shared
def _allowed(sources: Sources) -> Told:
    return built_forms.told(pods.workloads(sources), _allows)


def _allows(_: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    first = {one.file_of(node): node for node in reversed(_wrong(one.manifest))}
    for path, node in first.items():
        yield path, habit(at(node, f"{pods.label(one.manifest)} may run as root", _FIX))


def _wrong(workload: Manifest) -> list[Node]:
    """What says that some container may be root."""
    every = [(pods.effective(workload, one, key), value) for one in workload.containers for key, value in _WRONG]
    return [node for node, value in every if node.text == value]


@habit_rule(_FIX)
def _found(sources: Sources) -> Iterator[Lapse | None]:
    return built_forms.places(pods.workloads(sources), _leaves)


def _leaves(_: Applied, one: Built) -> Iterator[Lapse | None]:
    workload = one.manifest
    silent = [each for each in workload.containers if not pods.effective(workload, each, "runAsNonRoot")]
    if not silent:
        yield None
    elif not _wrong(workload):
        numbered = all(pods.effective(workload, each, "runAsUser") for each in silent)
        message = f"{pods.label(workload)} says nothing of root: its image decides"
        place = pods.place(one, workload.pod, "spec", pods.SECURITY)
        yield built_forms.lapsed(one, place, message, alone=not numbered)
