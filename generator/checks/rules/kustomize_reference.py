"""Files that a kustomization names exist

`kubectl apply -k` fails at the first resource, component, patch or generator file that is not
there. Paths are relative to the kustomization's folder; a folder must hold a kustomization itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.rule import Flaw, Format, at, did_you_mean_path
from generator.checks.source import Sources, folder, join

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    return iter(kubernetes.kustomizations(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = kubernetes.kustomizations(sources)[path]
    for key in ("resources", "components", "bases"):
        for node in root.at(key).items:
            yield from _resource(sources, path, node)
    for node in _files(root):
        target = join(folder(path), node.text.rpartition("=")[2])
        if node.text and target not in sources.tree:
            yield at(node, f"there is no {target}{did_you_mean_path(target, sources.tree)}")


def _resource(sources: Sources, path: str, node: Node) -> Iterator[Flaw]:
    target = join(folder(path), node.text)
    if "://" in node.text or node.text.startswith("github.com/") or target in sources.tree:
        return
    inside = any(f"{target}/{name}" in sources.tree for name in kubernetes.KUSTOMIZATIONS)
    if not inside:
        what = f"{target} has no kustomization" if sources.has_folder(target) else f"there is no {target}"
        yield at(node, f"{what}{did_you_mean_path(target, sources.tree)}")


def _files(root: Node) -> Iterator[Node]:
    for key in ("patches", "patchesJson6902", "replacements", "transformers", "generators"):
        for entry in root.at(key).items:
            yield from (entry.at("path"),) if entry.at("path") else ()
    for key in ("patchesStrategicMerge", "configurations", "crds"):
        yield from root.at(key).items
    for key in ("configMapGenerator", "secretGenerator"):
        for entry in root.at(key).items:
            yield from (*entry.at("files").items, *entry.at("envs").items)
