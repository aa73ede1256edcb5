"""Patches, replacements and images of a kustomization find their target

kustomize fails when a patch names an object that is not there, and says nothing when a target, a replacement or
the name of an image fits none: the overlay then runs what the base says. The target of a patch or a replacement, the
object that a patch names itself, and each name under `images` and `replicas` must be among what the kustomization is
made of. One that has parts from elsewhere (charts, remote bases, generators) is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.models.kustomize import Scope
from generator.checks.rule import Flaw, Format, Placed, at, did_you_mean, instead, one_of
from generator.checks.source import Sources, shared, text

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    yield from dict.fromkeys((*kubernetes.kustomizations(sources), *kustomize.patch_files(sources)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    said: set[Flaw] = set()
    for flaw in (*_own(sources, path), *_patches(sources, path)):
        if flaw not in said:
            said.add(flaw)
            yield flaw


def _own(sources: Sources, path: str) -> Iterator[Flaw]:
    """What the kustomization says itself."""
    root = kubernetes.kustomizations(sources).get(path)
    scope = kustomize.scope(sources, path) if root else None
    if not root or not scope or scope.open:
        return
    for entry in (*root.at("patches").items, *root.at("patchesJson6902").items):
        yield from _exists(scope, entry.at("target"), entry.at("target", "name"))
    for replacement in root.at("replacements").items:
        yield from _exists(scope, replacement.at("source"), replacement.at("source", "name"))
        for chosen in (one.at("select") for one in replacement.at("targets").items):
            yield from _exists(scope, chosen, chosen.at("name"))
    # Configurations say where else images stand.
    for name in (entry.at("name") for entry in root.at("images").items if not root.at("configurations")):
        if name and name.text not in images(sources) and not _in_other_kinds(sources, scope, name.text):
            message = f"no container has the image {name.text}{did_you_mean(name.text, images(sources))}"
            yield at(name, message, instead(message, one_of(images(sources))))
    for name in (entry.at("name") for entry in root.at("replicas").items):
        if name and not any(scope.named(kind, name.text) for kind in kubernetes.WORKLOADS):
            known = [one for kind in kubernetes.WORKLOADS for one in scope.names(kind)]
            message = f"no workload is named {name.text}{did_you_mean(name.text, known)}"
            yield at(name, message, instead(message, one_of(known)))


def _patches(sources: Sources, path: str) -> Iterator[Flaw]:
    """The objects that patches name themselves: in a file of their own, or in the kustomization."""
    for user, patch in kustomize.patch_files(sources).get(path, []):
        scope = kustomize.scope(sources, user)
        if not patch.target and patch.document.is_map and not scope.open:
            name = patch.document.at("metadata", "name")
            yield from _exists(scope, patch.document, name, partial(patch.place, sources))


def _itself(node: Node) -> Placed:
    return node


def _exists(scope: Scope, target: Node, name: Node, place: Callable[[Node], Placed] = _itself) -> Iterator[Flaw]:
    kind = target.at("kind")
    if not target.is_map or any(kubernetes.is_put_in_later(one.text) for one in (kind, name)):
        return
    if kind and not scope.kinds(kind.text):
        yield at(place(kind), f"there is no {kind.text}", f"Add the {kind.text} to the resources, or take this out.")
    elif name and not scope.named(kind.text, name.text):
        near = did_you_mean(name.text, scope.names(kind.text))
        message = f"there is no {kind.text or 'object'} {name.text}{near}"
        yield at(place(name), message, instead(near, one_of(scope.names(kind.text))))


def _in_other_kinds(sources: Sources, scope: Scope, image: str) -> bool:
    """Whether a custom resource names an image: kustomize finds containers wherever they stand."""
    custom = {one.path for one in scope.objects if not kubernetes.built_in(one)}
    pattern = re.compile(rf"(?<![\w/.-]){re.escape(image)}(?![\w/.-])")
    return any(pattern.search(text(sources, path)) for path in custom)


@shared
def images(sources: Sources) -> frozenset[str]:
    """The images of all containers, without tag and digest, and those that kustomizations put in their place."""
    found = set()
    for one in kubernetes.manifests(sources):
        for container in one.containers:
            found.add(re.sub(r"(:[^/:]+)?(@.*)?$", "", container.at("image").text))
    for root in kubernetes.kustomizations(sources).values():
        found |= {entry.at("newName").text for entry in root.at("images").items}
    return frozenset(found - {""})
