"""Patches and images of a kustomization find their target

kustomize fails when a patch matches no object, and says nothing when an image name matches none: the
overlay then runs what the base names. A patch's target, the object that a patch file names, and each
name under `images` and `replicas` must exist in the repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, folder, join, shared

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    return iter(kubernetes.kustomizations(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = kubernetes.kustomizations(sources)[path]
    for entry in root.at("patches").items:
        yield from _patch(sources, path, entry)
    for entry in root.at("images").items:
        name = entry.at("name")
        if name.text not in images(sources):
            message = f"no container has the image {name.text}{did_you_mean(name.text, images(sources))}"
            yield at(name, message)
    for entry in root.at("replicas").items:
        name = entry.at("name")
        known = {one.name for one in kubernetes.of_kind(sources, *kubernetes.WORKLOADS)}
        if name.text not in known:
            yield Flaw(
                name.line, f"no workload is named {name.text}{did_you_mean(name.text, known)}", column=name.column
            )


def _patch(sources: Sources, path: str, entry: Node) -> Iterator[Flaw]:
    target = entry.at("target")
    if target:
        yield from _exists(sources, target.at("kind"), target.at("name"))
    elif entry.at("path"):
        for document in yaml.parse(sources, join(folder(path), entry.at("path").text)).documents:
            kind, name = document.at("kind"), document.at("metadata", "name")
            for flaw in _exists(sources, kind, name):
                yield at(entry.at("path"), f"{entry.at('path').text}: {flaw.message}")


def _exists(sources: Sources, kind: Node, name: Node) -> Iterator[Flaw]:
    same = [one for one in kubernetes.manifests(sources) if not kind or re.fullmatch(kind.text, one.kind)]
    generated = kubernetes.names_of(sources, kind.text) if kind else frozenset()
    if name and not any(re.fullmatch(name.text, one.name) for one in same) and name.text not in generated:
        near = did_you_mean(name.text, (one.name for one in same))
        yield at(name, f"there is no {kind.text or 'object'} {name.text}{near}")
    elif kind and not same and not generated:
        yield at(kind, f"there is no {kind.text}")


@shared
def images(sources: Sources) -> frozenset[str]:
    """The images of all containers, without tag and digest."""
    found = set()
    for one in kubernetes.of_kind(sources, *kubernetes.WORKLOADS):
        for container in one.containers:
            found.add(re.sub(r"(:[^/:]+)?(@.*)?$", "", container.at("image").text))
    return frozenset(found)
