"""Files that a container reads are where they are mounted

A program that is told to read a file in a folder where nothing is mounted does not start, or finds no secret and tells
nobody. Two things are judged: the file of an argument (`--config.file=...`) that is mounted in another folder, and the
files that a mounted configuration names (`..._file: ...`) where another folder of nearly that name is mounted.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, references
from generator.checks.models import mounts as paths
from generator.checks.models.config_keys import keys
from generator.checks.models.kubernetes import Manifest
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, join, name, shared
from generator.spelling import closest

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *kubernetes.WORKLOADS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in kubernetes.in_file(sources, path, *kubernetes.WORKLOADS):
        for container in workload.containers:
            if not any(name(word.text) in paths.SHELLS for word in container.at("command").items):
                yield from _arguments(sources, workload, container)
                yield from _configurations(sources, workload, container)


def _mounts(container: Node) -> dict[str, Node]:
    """The mounts by their path."""
    return {mount.at("mountPath").text: mount for mount in container.at("volumeMounts").items}


def _arguments(sources: Sources, workload: Manifest, container: Node) -> Iterator[Flaw]:
    mounts = _mounts(container)
    for word in (*container.at("command").items, *container.at("args").items):
        match = paths.ARGUMENT.fullmatch(word.text)
        if match and not paths.is_below(match[1], mounts):
            place = next((p for p, mount in mounts.items() if name(match[1]) in _names(sources, workload, mount)), "")
            if place:
                message = f"{container.at('name').text} reads {match[1]}, but {name(match[1])} is mounted at {place}"
                there = place if name(place) == name(match[1]) else f"{place.rstrip('/')}/{name(match[1])}"
                yield at(word, message, f"Write {word.text.replace(match[1], there)}.")


def _names(sources: Sources, workload: Manifest, mount: Node) -> set[str]:
    """The names of the files that a mount brings."""
    if mount.at("subPath"):
        return {name(mount.at("mountPath").text)}
    found: set[str] = set()
    for kind, node, called in _sources(workload, mount):
        items = {name(item.at("path").text) for item in node.at("items").items}
        found |= items or keys(sources, kind).get(called.text, set())
    return found


def _sources(workload: Manifest, mount: Node) -> Iterator[tuple[str, Node, Node]]:
    """(kind, node, name) of the ConfigMaps and Secrets behind a mount."""
    for volume in workload.pod.at("spec", "volumes").items:
        if volume.at("name").text == mount.at("name").text:
            yield from references.of_volume(volume)


def _configurations(sources: Sources, workload: Manifest, container: Node) -> Iterator[Flaw]:
    mounts = _mounts(container)
    said: set[str] = set()
    for mount in mounts.values():
        for _, _, called in _sources(workload, mount):
            for file, read in _read(sources).get(called.text, ()):
                near = "" if paths.is_below(read, mounts) else closest(folder(read), sorted(mounts), 0.9)
                if near and near not in said:
                    said.add(near)
                    message = f"{container.at('name').text} has {near}, but {file} names {read}"
                    yield at(mounts[near].at("mountPath"), message, f"Write {folder(read)}.")


@shared
def _read(sources: Sources) -> dict[str, list[tuple[str, str]]]:
    """(file, path that it names) of the configurations in each ConfigMap that is made of files."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path, root in kubernetes.kustomizations(sources).items():
        for entry in root.at("configMapGenerator").items:
            for one in entry.at("files").items:
                file = join(folder(path), one.text.rpartition("=")[2])
                if file.endswith((".yml", ".yaml")):
                    read = [(file, named) for named in paths.named(yaml.root(sources, file))]
                    found.setdefault(entry.at("name").text, []).extend(read)
    return found
