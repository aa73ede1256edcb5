"""Files that a kustomization names exist

`kubectl apply -k` fails at the first resource, component, patch or generator file that is not
there. Paths are relative to the kustomization's folder; a folder must hold a kustomization itself. Files
that something writes first (`... > all.yaml`, a program), that git ignores or that hold secrets are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.models.ignored import is_ignored
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean_path, instead_path
from generator.checks.source import Sources, folder, join, makefiles, name, shared, text

FORMAT = Format.KUBERNETES

_WRITTEN = re.compile(r"(?:>\s{0,9}|\b\w{1,60}=)\"?(?:[^\s\"'`;|&>]{0,200}/)?([\w.-]{1,200})")
_PROGRAMS: Final = (".go", ".py", ".js", ".ts", ".rb")
_WRITES: Final = re.compile(rb"WriteFile\(|os\.Create\(|write_text\(|writeFile(?:Sync)?\(|File\.write")
_MANIFEST: Final = re.compile(rb"[\"'/]([\w.-]{1,200}\.ya?ml)[\"']")


def files(sources: Sources) -> Iterator[str]:
    return iter(kubernetes.kustomizations(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = kubernetes.kustomizations(sources)[path]
    for key in kustomize.RESOURCES:
        for node in root.at(key).items:
            yield from _resource(sources, path, node)
    for key in ("generators", "transformers", "validators"):
        for node in root.at(key).items:
            yield from _resource(sources, path, node)
    for node in _files(root, secrets=is_ours(sources)):
        where = join(folder(path), node.text.rpartition("=")[2])
        if not _is_elsewhere(sources, node, where) and where not in sources.tree:
            near = did_you_mean_path(where, sources.tree)
            fix = instead_path(near, folder(path), f"Add {where}, or take the line out.")
            yield at(node, f"there is no {where}{near}", fix)


def _is_elsewhere(sources: Sources, node: Node, where: str) -> bool:
    """Whether the tree does not say what lies there."""
    if not node.text or "\n" in node.text or kustomize.is_remote(node.text) or kubernetes.is_put_in_later(node.text):
        return True
    if where.startswith("../") or name(where) in _made(sources):
        return True
    return is_ignored(sources, where) and not is_ours(sources)


def _resource(sources: Sources, path: str, node: Node) -> Iterator[Flaw]:
    where = join(folder(path), node.text)
    if kustomize.target(sources, path, node) or _is_elsewhere(sources, node, where):
        return
    what = f"{where} has no kustomization" if sources.has_folder(where) else f"there is no {where}"
    otherwise = (
        f"Add {where}/kustomization.yaml." if sources.has_folder(where) else f"Add {where}, or take the line out."
    )
    near = did_you_mean_path(where, sources.tree)
    yield at(node, f"{what}{near}", instead_path(near, folder(path), otherwise))


def _files(root: Node, *, secrets: bool) -> Iterator[Node]:
    for key in ("patches", "patchesJson6902", "replacements"):
        for entry in root.at(key).items:
            yield from (entry.at("path"),) if entry.at("path") else (entry,)
    for key in ("patchesStrategicMerge", "configurations", "crds"):
        yield from root.at(key).items
    for key in ("configMapGenerator", "secretGenerator") if secrets else ("configMapGenerator",):
        for entry in root.at(key).items:
            yield from (*entry.at("files").items, *entry.at("envs").items)


@shared
def _made(sources: Sources) -> frozenset[str]:
    """The names of files that scripts and programs write, that scripts have a variable for or pages tell to write."""
    if is_ours(sources):
        return frozenset()
    paths = (*sources.ending(".sh", ".md"), *sources.below(".github/workflows/"), *makefiles(sources))
    found = {made for path in paths for made in _WRITTEN.findall(text(sources, path))}
    found |= {made for path in sources.ending(*_PROGRAMS) for made in _written(sources.tree[path].content)}
    return frozenset(found)


def _written(content: bytes) -> Iterator[str]:
    """The manifests that a program names where it writes a file."""
    for line in content.splitlines() if _WRITES.search(content) else ():
        if _WRITES.search(line):
            yield from (found.decode() for found in _MANIFEST.findall(line))
