"""Pods stay out of the network, the processes and the folders of their node

With the network of the node no NetworkPolicy holds for a pod, and it reads the credentials of the node;
with a folder of the node it reads the secrets of every other pod. Agents that must see their node are
DaemonSets, and are not judged. Give another pod an `emptyDir` or a volume of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import pods
from generator.checks.models.habits import habit
from generator.checks.models.kubernetes import Manifest
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_WRONG: Final = {"hostNetwork": ("true",), "hostPID": ("true",), "hostIPC": ("true",)}

files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in pods.in_file(sources, path):
        shares = list(_shares(workload)) if workload.kind != "DaemonSet" else []
        if shares:
            what = ", ".join(dict.fromkeys(what for _, what in shares))
            yield habit(at(shares[0][0], f"{pods.label(workload)} shares with its node: {what}", "Leave it out."))
    for setting in pods.patched(sources, path, _WRONG):
        yield habit(at(setting, f"this patch gives pods what belongs to their node ({setting.key})", "Leave it out."))


def _shares(workload: Manifest) -> Iterator[tuple[Node, str]]:
    spec = workload.pod.at("spec")
    for key, values in _WRONG.items():
        if spec.at(key).text in values:
            yield spec.key(key), key
    for volume in spec.at("volumes").items:
        if volume.at("hostPath"):
            yield volume.key("hostPath"), f"the folder {volume.at('hostPath', 'path').text}"
