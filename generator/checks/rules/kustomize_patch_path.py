"""Fields that patches and replacements of a kustomization name exist

kustomize refuses the whole folder when a patch replaces, removes or tests a field that is not there, adds one below
nothing, or when a replacement reads or writes such a field. Correct the path, or add the field where the
object is written. What other patches add counts as there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kustomize import Patch, Scope
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead
from generator.checks.source import Sources
from generator.spelling import closest

FORMAT = Format.KUBERNETES

_NEEDS_FIELD = ("replace", "remove", "test")
_STEP = re.compile(r"\[[^\]]*\]|(?:\\.|[^.\[\\])+")


def files(sources: Sources) -> Iterator[str]:
    yield from dict.fromkeys((*kubernetes.kustomizations(sources), *kustomize.patch_files(sources)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    said: set[Flaw] = set()
    for user, patch in kustomize.patch_files(sources).get(path, []):
        scope = kustomize.scope(sources, user)
        for flaw in _operations(sources, scope, patch) if not scope.open and patch.document.is_list else ():
            if flaw not in said:
                said.add(flaw)
                yield flaw
    root = kubernetes.kustomizations(sources).get(path)
    if root and not kustomize.scope(sources, path).open:
        yield from _replacements(kustomize.scope(sources, path), root)


def _operations(sources: Sources, scope: Scope, patch: Patch) -> Iterator[Flaw]:
    for operation in patch.document.items:
        kind, path = operation.at("op").text, operation.at("path")
        way = [step.replace("~1", "/").replace("~0", "~") for step in path.text.split("/")[1:]]
        needed = way if kind in _NEEDS_FIELD else way[:-1]
        for one in _chosen(scope, patch.target) if way else ():
            missing = _missing(scope, patch, one, needed)
            if missing:
                message = f"{one.kind} {one.name} has no {'/'.join(('', *missing))}"
                near = closest(missing[-1], _last(one, missing), 0.75)
                fix = (
                    f"Write {'/'.join(('', *missing[:-1], near))}."
                    if near
                    else f"Write a path that {one.kind} {one.name} has."
                )
                yield at(patch.place(sources, path), message, fix)
                break


def _chosen(scope: Scope, target: Node) -> list[Manifest]:
    """The objects that a target takes, as far as labels that nobody adds later say."""
    kind, name = target.at("kind").text, target.at("name").text
    selector = target.at("labelSelector").text
    if target.at("annotationSelector") or not target or re.search(r"[^\w./=,! -]", selector):
        return []
    named = (one for one in scope.objects if kustomize.fits(kind, one.kind) and kustomize.fits(name, one.name))
    return [one for one in named if kustomize.has_labels(one, selector)]


def _missing(scope: Scope, patch: Patch, one: Manifest, way: list[str]) -> list[str]:
    """The part of a way, from the object on, that is not there; [] where it is."""
    if way[:1] == ["metadata"] or any(kubernetes.is_put_in_later(step) for step in way):
        return []
    there = [*_parts(scope, one, patch), one.node]
    for end in range(1, len(way) + 1):
        if not any(_reaches(node, way[:end]) for node in there):
            return [] if _added(scope, one, way[:end]) else way[:end]
    return []


def _parts(scope: Scope, one: Manifest, patch: Patch) -> Iterator[Node]:
    """What other patches of whole parts say of an object."""
    for other in scope.patches:
        if other is not patch and other.document.is_map and kustomize.is_for(other, one):
            yield other.document


def _added(scope: Scope, one: Manifest, way: list[str]) -> bool:
    """Whether an operation adds what lies there, or something above it."""
    for other in scope.patches:
        for operation in other.document.items if kustomize.is_for(other, one) else ():
            path = operation.at("path").text.replace("~1", "/").split("/")[1:]
            if operation.at("op").text in ("add", "copy", "move") and (path == way[: len(path)] or path[-1:] == ["-"]):
                return True
    return False


def _reaches(node: Node, way: list[str]) -> bool:
    """Whether something lies at the end of a way; a number is an item, `*`, `-` and `[key=value]` are any."""
    here = [node]
    for step in way:
        items = [item for one in here for item in one.items]
        if re.fullmatch(r"\d{1,6}", step):
            items = [one.items[int(step)] for one in here if int(step) < len(one.items)]
        here = [*items, *(one.map[step] for one in here if step in one.map)]
        if not here:
            return False
    return True


def _replacements(scope: Scope, root: Node) -> Iterator[Flaw]:
    for replacement in root.at("replacements").items:
        source = replacement.at("source")
        yield from _field(scope, source, source.at("fieldPath"))
        for entry in replacement.at("targets").items:
            for path in entry.at("fieldPaths").items if entry.at("options", "create").text != "true" else ():
                yield from _field(scope, entry.at("select"), path)


def _field(scope: Scope, target: Node, path: Node) -> Iterator[Flaw]:
    steps = (step.replace("\\.", ".") for step in _STEP.findall(path.text))
    way = [step[1:-1] if step[0] == "[" and "=" not in step else step for step in steps]
    for one in _chosen(scope, target):
        if way[:1] == ["metadata"] or any(_reaches(node, way) for node in (one.node, *_spoken(scope, one))):
            continue
        if way and not _added(scope, one, way):
            message = f"{one.kind} {one.name} has no {path.text}{did_you_mean(way[-1], _last(one, way))}"
            fix = f"Write a path that {one.kind} {one.name} has."
            yield at(path, message, instead(message, fix, path.text[: path.text.rfind(".") + 1]))


def _spoken(scope: Scope, one: Manifest) -> Iterator[Node]:
    yield from (other.document for other in scope.patches if other.document.is_map and kustomize.is_for(other, one))


def _last(one: Manifest, way: list[str]) -> list[str]:
    """The fields beside the last of a way."""
    return list(one.node.at(*way[:-1]).map)
