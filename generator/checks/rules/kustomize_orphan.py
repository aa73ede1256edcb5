"""Manifests are part of a kustomization

A manifest beside a kustomization that no kustomization names is never applied by `kubectl apply -k`.
Name it under `resources` (or `patches`), or remove the file. A manifest whose path a script names is
not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.models import kubernetes
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, folder, join, name, shared, text

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    roots = {folder(path) for path in kubernetes.kustomizations(sources)}
    for path in yaml.paths(sources):
        if folder(path) in roots and not kubernetes.is_kustomization(path) and _is_manifest(sources, path):
            yield path


def _is_manifest(sources: Sources, path: str) -> bool:
    root = yaml.root(sources, path)
    return bool(root.at("apiVersion") and root.at("kind"))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path not in named(sources) and not _in_script(sources, path):
        yield Flaw(0, "no kustomization names this manifest", "Name it under `resources` or `patches`.")


@shared
def named(sources: Sources) -> frozenset[str]:
    """The files that kustomizations name, wherever they stand."""
    return frozenset(
        join(folder(path), node.text.rpartition("=")[2])
        for path, root in kubernetes.kustomizations(sources).items()
        for node in root.walk()
        if node.text.endswith((".yaml", ".yml"))
    )


def _in_script(sources: Sources, path: str) -> bool:
    tail = f"{name(folder(path))}/{name(path)}"
    return any(tail in text(sources, script) for script in sources.ending(".sh", ".mk"))
