"""Manifests are part of a kustomization

A manifest beside a kustomization that no kustomization names is never applied by `kubectl apply -k`, and neither is
a kustomization inside the folder of another one that nothing uses. Name it under `resources` (or `patches`), or remove
the file. What a script, a workflow or a Makefile applies, and what a comment of the kustomization names, is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from generator.checks.formats import yaml
from generator.checks.models import kubernetes, kustomize
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, folder, join, lines, makefiles, name, shared, text

FORMAT = Format.KUBERNETES

_APPLIES = re.compile(r"kubectl|kustomize|apply|[$=]|(^|\s)-[fk]\s|^\s*(-\s|\w+:)")


def files(sources: Sources) -> Iterator[str]:
    roots = {folder(path) for path in kubernetes.kustomizations(sources)}
    for path in yaml.paths(sources):
        if folder(path) in roots and (kubernetes.is_kustomization(path) or _is_manifest(sources, path)):
            yield path


def _is_manifest(sources: Sources, path: str) -> bool:
    return bool(kubernetes.by_path(sources).get(path)) or path in kubernetes.patch_paths(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if kubernetes.is_kustomization(path):
        if path in kubernetes.kustomizations(sources) and _is_left(sources, path):
            what = "no kustomization uses this one, and nothing else names its folder"
            yield habit(Flaw(0, what, "Name its folder under `resources` of the kustomization above it."))
    elif path not in named(sources) and not _in_script(sources, path) and not _in_comment(sources, path):
        yield habit(Flaw(0, "no kustomization names this manifest", "Name it under `resources` or `patches`."))


def _is_left(sources: Sources, path: str) -> bool:
    """Whether a kustomization above uses others of its folders, but neither it nor anybody uses this one."""
    here = folder(path)
    if path in kustomize.users(sources) or here in named(sources) or here in _mentioned(sources):
        return False
    above = PurePosixPath(here).parents
    near = (f"{parent}/{one}".removeprefix("./") for parent in above for one in kubernetes.KUSTOMIZATIONS)
    nearest = next((one for one in near if one in kubernetes.kustomizations(sources)), "")
    beside = {folder(folder(one)) for one in _used_by(sources).get(nearest, ())}
    if not nearest or folder(here) not in beside or _in_script(sources, path):
        return False
    return not _is_commented(sources, nearest, name(here))


@shared
def _used_by(sources: Sources) -> dict[str, list[str]]:
    """The kustomizations that each uses."""
    found: dict[str, list[str]] = {}
    for used, above in kustomize.users(sources).items():
        for one in above if kubernetes.is_kustomization(used) else ():
            found.setdefault(one, []).append(used)
    return found


@shared
def _mentioned(sources: Sources) -> frozenset[str]:
    """The folders that objects of other tools (Argo CD, Flux) apply."""
    return frozenset(
        node.text.removeprefix("./").rstrip("/")
        for one in kubernetes.of_kind(sources, "Application", "ApplicationSet", "Kustomization")
        for node in one.node.walk()
        if "/" in node.text
    )


@shared
def named(sources: Sources) -> frozenset[str]:
    """The files and folders that kustomizations name, wherever they stand."""
    return frozenset(
        join(folder(path), node.text.rpartition("=")[2])
        for path, root in kubernetes.kustomizations(sources).items()
        for node in root.walk()
        if node.text and "\n" not in node.text
    )


@shared
def _scripts(sources: Sources) -> tuple[str, ...]:
    """The texts that may apply what they name."""
    paths = (
        *sources.ending(".sh", ".bash", ".py", ".ps1", "skaffold.yaml", "Tiltfile"), *sources.below(".github/"),
        *makefiles(sources),
    )  # fmt: skip
    texts = (text(sources, path) for path in paths)
    return tuple(one for one in texts if "kubectl" in one or "kustomize" in one)


def _in_script(sources: Sources, path: str) -> bool:
    tail = f"{name(folder(path))}/{name(path)}"
    if kubernetes.is_kustomization(path):
        tail = "/".join(PurePosixPath(folder(path)).parts[-2:])
    lines_of = (line for one in _scripts(sources) if tail in one for line in one.split("\n"))
    return any(tail in line and _APPLIES.search(line) for line in lines_of)


def _in_comment(sources: Sources, path: str) -> bool:
    beside = (f"{folder(path)}/{one}".lstrip("/") for one in kubernetes.KUSTOMIZATIONS)
    return any(_is_commented(sources, one, name(path)) for one in beside if one in sources.tree)


def _is_commented(sources: Sources, kustomization: str, word: str) -> bool:
    """Whether a comment of a kustomization names something that was left out on purpose."""
    comments = (line.partition("#")[2] for line in lines(sources, kustomization))
    pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    return any(pattern.search(comment) for comment in comments)
