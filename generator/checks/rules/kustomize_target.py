"""Patches, replacements and images of a kustomization find their target

kustomize fails when a patch names an object that is not there, and says nothing when a target, a replacement or
the name of an image fits none: the overlay then runs what the base says. The target of a patch or a replacement, the
object that a patch names itself, and each name under `images` and `replicas` must be among what the kustomization is
made of. One that has parts from elsewhere (charts, remote bases, generators) is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.models.kustomize_build import Scope, scope
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources, shared, text

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    yield from dict.fromkeys((*kubernetes.kustomizations(sources), *kustomize.patch_files(sources)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from dict.fromkeys((*_own(sources, path), *_patches(sources, path)))


def _own(sources: Sources, path: str) -> Iterator[Flaw]:
    """What the kustomization says itself."""
    root = kubernetes.kustomizations(sources).get(path)
    here = scope(sources, path) if root else None
    if not root or not here or here.open:
        return
    for entry in (*root.at("patches").items, *root.at("patchesJson6902").items):
        yield from _exists(here, entry.at("target"), entry.at("target", "name"))
    lost = (patch.target for patch in kustomize.patches(sources, path) if patch not in here.hits)
    yield from (flaw for target in lost for flaw in _labels(here, target))
    yield from _renamed(sources, root, here)


def _renamed(sources: Sources, root: Node, here: Scope) -> Iterator[Flaw]:
    """What takes values from objects into others, and what gives images and numbers of replicas."""
    for replacement in root.at("replacements").items:
        yield from _exists(here, replacement.at("source"), replacement.at("source", "name"))
        for chosen in (one.at("select") for one in replacement.at("targets").items):
            yield from _exists(here, chosen, chosen.at("name"))
    # Configurations say where else images stand.
    for name in (entry.at("name") for entry in root.at("images").items if not root.at("configurations")):
        if name and name.text not in images(sources) and not _in_other_kinds(sources, here, name.text):
            message = f"no container has the image {name.text}"
            yield at(name, message, one_of(images(sources)), did_you_mean(name.text, images(sources)))
    for name in (entry.at("name") for entry in root.at("replicas").items):
        if name and not any(here.named(kind, name.text) for kind in kubernetes.WORKLOADS):
            known = [one for kind in kubernetes.WORKLOADS for one in here.names(kind)]
            yield at(name, f"no workload is named {name.text}", one_of(known), did_you_mean(name.text, known))


def _patches(sources: Sources, path: str) -> Iterator[Flaw]:
    """The objects that patches name themselves: in a file of their own, or in the kustomization."""
    for user, patch in kustomize.patch_files(sources).get(path, []):
        here = scope(sources, user)
        if not patch.target and patch.document.is_map and not here.open:
            yield from _exists(here, patch.document, patch.document.at("metadata", "name"))


def _exists(here: Scope, target: Node, name: Node) -> Iterator[Flaw]:
    kind = target.at("kind")
    if not target.is_map or any(kubernetes.is_put_in_later(one.text) for one in (kind, name)):
        return
    if kind and not here.kinds(kind.text):
        yield at(kind, f"there is no {kind.text}", f"Add the {kind.text} to the resources, or take this out.")
    elif name and not here.named(kind.text, name.text):
        message = f"there is no {kind.text or 'object'} {name.text}"
        yield at(name, message, one_of(here.names(kind.text)), did_you_mean(name.text, here.names(kind.text)))


def _labels(here: Scope, target: Node) -> Iterator[Flaw]:
    """A selector of labels that no object of the kind and name has."""
    kind, selector = target.at("kind").text, target.at("labelSelector")
    if selector and not kubernetes.is_put_in_later(selector.text) and here.named(kind, target.at("name").text):
        message = f"no {kind or 'object'} has the labels {selector.text}"
        yield at(selector, message, f"Write labels that a {kind or 'resource'} of this kustomization has.")


def _in_other_kinds(sources: Sources, here: Scope, image: str) -> bool:
    """Whether a custom resource names an image: kustomize finds containers wherever they stand."""
    custom = {one.source.path for one in here.objects if not kubernetes.built_in(one.source)}
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
