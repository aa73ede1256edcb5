"""Keys that pods read from a ConfigMap or Secret exist

A container that asks for a key that its ConfigMap, or the ExternalSecret behind its Secret, does not
have never starts: as a variable, as an item of a volume, or as the file of a mount (`subPath`). Add the key, or mark
the reference `optional: true`. Keys that patches add count; a ConfigMap or Secret whose keys are made elsewhere is
not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, references
from generator.checks.models.config_keys import keys
from generator.checks.models.kubernetes import Manifest
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_VARIABLES = (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret"))


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *kubernetes.WORKLOADS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in kubernetes.in_file(sources, path, *kubernetes.WORKLOADS):
        for container in workload.containers:
            for variable in container.at("env").items:
                for field, kind in _VARIABLES:
                    node = variable.at("valueFrom", field)
                    yield from _key(sources, kind, node, node.at("name").text, node.at("key"))
            yield from _mounts(sources, workload, container)
        for volume in workload.pod.at("spec", "volumes").items:
            for kind, node, name in references.of_volume(volume):
                for item in node.at("items").items:
                    yield from _key(sources, kind, node, name.text, item.at("key"))


def _mounts(sources: Sources, workload: Manifest, container: Node) -> Iterator[Flaw]:
    """Files that are mounted by their key alone."""
    volumes = {volume.at("name").text: volume for volume in workload.pod.at("spec", "volumes").items}
    for mount in container.at("volumeMounts").items:
        volume = volumes.get(mount.at("name").text)
        for kind, node, name in references.of_volume(volume) if volume and not volume.at("projected") else ():
            file = mount.at("subPath")
            if not node.at("items"):
                yield from _key(sources, kind, node, name.text, file)
            elif file and file.text.split("/")[0] not in (paths := _paths(node)):
                message = f"no item of the volume {mount.at('name').text} has the path {file.text}"
                fix = f"Add an item with `path: {file.text}` to the volume."
                yield at(file, message, fix, did_you_mean(file.text, paths))


def _paths(node: Node) -> set[str]:
    return {item.at("path").text.split("/")[0] for item in node.at("items").items}


def _key(sources: Sources, kind: str, node: Node, name: str, key: Node) -> Iterator[Flaw]:
    known = keys(sources, kind).get(name)
    if not key.text or known is None or node.at("optional").text == "true" or kubernetes.is_put_in_later(key.text):
        return
    if key.text not in known:
        near = did_you_mean(key.text, known)
        message = f"{kind} {name} has no key {key.text}"
        yield at(key, message, f"Add {key.text} to {kind} {name}, or take out what asks for it.", near)
