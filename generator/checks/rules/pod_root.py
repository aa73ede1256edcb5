"""Pods run as a user that is not root

A process that is root in its container is root on the node as soon as it breaks out; a namespace with
the restricted profile refuses the pod. Write `runAsNonRoot: true` and a numbered `runAsUser` into the
`securityContext` of the pod. A repository that says so of no pod hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import pods
from generator.checks.models.habits import Lapse, habit, habit_rule, lapse
from generator.checks.models.kubernetes import Manifest
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_WRONG = {"runAsUser": ("0",), "runAsNonRoot": ("false",)}
_FIX = "Write `runAsNonRoot: true`, and `runAsUser` with the number of a user that is not 0."

files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in pods.in_file(sources, path):
        for node in _wrong(workload)[:1]:
            yield habit(at(node, f"{pods.label(workload)} may run as root", _FIX))
    for setting in pods.patched(sources, path, _WRONG):
        yield habit(at(setting, f"this patch lets pods run as root ({setting.key}: {setting.value.text})", _FIX))
    yield from _found(sources, path)


def _wrong(workload: Manifest) -> list[Node]:
    """What says that some container may be root."""
    nodes = [pods.effective(workload, one, key) for one in workload.containers for key in _WRONG]
    values = {value for values in _WRONG.values() for value in values}
    return [node for node in nodes if node.text in values]


@habit_rule(_FIX)
def _found(sources: Sources) -> Iterator[Lapse | None]:
    for workload in pods.workloads(sources):
        silent = [one for one in workload.containers if not pods.effective(workload, one, "runAsNonRoot")]
        if not silent:
            yield None
        elif not _wrong(workload) and not pods.is_patched(sources, workload, *_WRONG):
            numbered = all(pods.effective(workload, one, "runAsUser") for one in silent)
            message = f"{pods.label(workload)} says nothing of root: its image decides"
            yield lapse(workload.path, pods.place(workload), message, alone=not numbered)
