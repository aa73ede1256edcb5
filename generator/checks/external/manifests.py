"""The manifests of a tree for tools that judge objects: what `kubectl kustomize` builds, and what nothing includes."""

from __future__ import annotations

import contextlib
from itertools import takewhile
from pathlib import Path

from generator.checks.external.programs import find
from generator.checks.external.tool import Work
from generator.checks.formats import yaml
from generator.checks.formats.yaml import ABSENT, Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.source import Sources, folder


def paths(sources: Sources) -> list[str]:
    """The files with whole objects, and the kustomizations that are applied."""
    return [*kubernetes.by_path(sources), *kustomize.finals(sources)]


def written(work: Work, place: Path) -> dict[str, str]:
    """What a tool is given, with the file that is judged and that each comes from; what is built is written to `place`.

    Without kubectl, and where it cannot build, the objects are those that the files have.
    """
    found: dict[str, str] = {}
    whole = True
    finals = (path for path in kustomize.finals(work.sources) if path not in work.sources.quiet)
    for number, path in enumerate(finals):
        built = _built(work, path)
        if built:
            file = place / f"{number}.yaml"
            file.write_text(built, encoding="utf-8")
            found[str(file)] = path
        whole = whole and bool(built)
    left = work.sources.quiet | (kustomize.users(work.sources).keys() if whole else frozenset())
    return found | {path: path for path in kubernetes.by_path(work.sources) if path not in left}


def _built(work: Work, path: str) -> str:
    kubectl = find("kubectl")
    if not kubectl:
        return ""
    with contextlib.suppress(OSError):
        output = work.beside(kubectl, "kustomize", folder(path) or ".")
        return output.out if output.code == 0 else ""
    return ""


def place_of(work: Work, origin: str, kind: str, name: str) -> tuple[str, Node]:
    """The file of an object and the object itself; the kustomization, and nothing, for one that it makes or renames."""
    if not kubernetes.is_kustomization(origin):
        here = kubernetes.by_path(work.sources).get(origin, [])
        first = yaml.root(work.sources, origin)
        return origin, next((one.node for one in here if (one.kind, one.name) == (kind, name)), first)
    named = [one for one in kubernetes.of_kind(work.sources, kind) if one.name == name]
    nearest = max(named, key=lambda one: _together(one.path, origin), default=None)
    return (nearest.path, nearest.node) if nearest else (origin, ABSENT)


def _together(one: str, other: str) -> int:
    """How many folders two paths share."""
    return sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one.split("/"), other.split("/"), strict=False))
    )
