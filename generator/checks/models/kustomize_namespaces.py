"""What kustomizations put into a namespace that they name."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import kubernetes
from generator.checks.models.kubernetes import KUSTOMIZATIONS, Manifest
from generator.checks.source import Sources, folder, join, shared


@shared
def filled(sources: Sources) -> dict[str, tuple[Manifest, ...]]:
    """The objects of each kustomization with a `namespace` and workloads, where none that it uses names one already."""
    found = {}
    for path, root in kubernetes.kustomizations(sources).items():
        if root.at("namespace").text and not any(_names_one(sources, one) for one in _below(sources, path, ())):
            objects = tuple(one for each in (path, *_below(sources, path, ())) for one in _objects(sources, each))
            if any(one.kind in kubernetes.WORKLOADS for one in objects):
                found[path] = objects
    return found


def _names_one(sources: Sources, path: str) -> bool:
    return bool(kubernetes.kustomizations(sources)[path].at("namespace").text)


def _entries(sources: Sources, path: str) -> Iterator[str]:
    root = kubernetes.kustomizations(sources)[path]
    for key in ("resources", "bases", "components"):
        yield from (join(folder(path), one.text) for one in root.at(key).items if one.text)


def _below(sources: Sources, path: str, above: tuple[str, ...]) -> Iterator[str]:
    """The kustomizations that one uses, directly or not."""
    for entry in _entries(sources, path) if path not in above else ():
        inner = next((f"{entry}/{name}" for name in KUSTOMIZATIONS if f"{entry}/{name}" in sources.tree), "")
        if inner:
            yield inner
            yield from _below(sources, inner, (*above, path))


def _objects(sources: Sources, path: str) -> Iterator[Manifest]:
    for entry in _entries(sources, path):
        yield from kubernetes.by_path(sources).get(entry, [])
