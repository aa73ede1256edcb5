"""Patches change containers that are there

The containers of a patch are merged into those of the workload by their name. One that the workload does not have is
added: without an image the API server refuses the workload, and what the patch should change stays as it is. Correct
the name, or give the container an image. A workload of a kind that kustomize does not know gets the containers of the
patch in place of its own, and is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.models.habits import Told, gathered
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kustomize_build import world
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_FIELDS = ("containers", "initContainers")


def files(sources: Sources) -> Iterator[str]:
    return iter(kustomize.patch_files(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    return gathered(
        (patch.path, flaw)
        for here in world(sources).scopes.values()
        for patch, before, document in here.added
        if before.kind in kubernetes.WORKLOADS and kubernetes.built_in(before)
        for flaw in _new(sources, before, document)
    )


def _new(sources: Sources, before: Manifest, document: Node) -> Iterator[Flaw]:
    """The containers without an image that a workload gets by a patch."""
    part = Manifest(before.path, document, before.api_version, before.kind, before.name)
    for field in _FIELDS:
        known = {one.at("name").text for one in before.pod.at("spec", field).items}
        for one in part.pod.at("spec", field).items if known else ():
            name = one.at("name")
            if name.text in known | _with_image(sources) or one.at("image") or one.at("$patch"):
                continue
            if name.text and not kubernetes.is_put_in_later(name.text):
                near = did_you_mean(name.text, known)
                message = f"{before.kind} {before.name} has no container {name.text}, and this one no image"
                yield at(name, message, f"{one_of(known).removesuffix('.')}, or give it an `image`.", near)


@shared
def _with_image(sources: Sources) -> frozenset[str]:
    """The names of containers to which some patch gives an image."""
    documents = (patch.document for found in kustomize.patch_files(sources).values() for _, patch in found)
    nodes = (node for document in documents for node in document.walk())
    return frozenset(node.at("name").text for node in nodes if node.at("image"))
