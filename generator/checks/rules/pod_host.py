"""Pods stay out of the network, the processes and the folders of their node

With the network of the node no NetworkPolicy holds for a pod, and it reads the credentials of the node;
with a folder of the node it reads the secrets of every other pod. Agents that must see their node are
DaemonSets, and are not judged. Give another pod an `emptyDir` or a volume of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import built_forms, pods
from generator.checks.models.habits import Told, habit
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_WRONG: Final = ("hostNetwork", "hostPID", "hostIPC")

files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    return built_forms.told(pods.workloads(sources), _shared)


def _shared(_: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    shares: dict[str, list[tuple[Node, str]]] = {}
    for node, what in _shares(one) if one.manifest.kind != "DaemonSet" else ():
        shares.setdefault(one.file_of(node), []).append((node, what))
    for path, found in shares.items():
        message = (
            f"{pods.label(one.manifest)} shares with its node: {', '.join(dict.fromkeys(what for _, what in found))}"
        )
        yield path, habit(at(found[0][0], message, "Leave it out."))


def _shares(one: Built) -> Iterator[tuple[Node, str]]:
    spec = one.manifest.pod.at("spec")
    for key in _WRONG:
        if spec.at(key).text == "true":
            yield built_forms.where(one, spec, key), key
    for volume in spec.at("volumes").items:
        if volume.at("hostPath"):
            yield volume.key("hostPath"), f"the folder {volume.at('hostPath', 'path').text}"
