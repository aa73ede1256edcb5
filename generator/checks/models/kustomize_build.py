"""What kustomizations make of objects, for the kinds that rules look into: resources, patches and replacements.

It is no kustomize: names, labels and generators are left alone, and what it cannot do becomes `UNKNOWN`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from generator.checks.formats import patterns, yaml
from generator.checks.formats.hcl_values import UNKNOWN
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.kubernetes import KUSTOMIZATIONS, Manifest
from generator.checks.models.kustomize import has_labels
from generator.checks.source import Sources, folder, join, shared

KINDS: Final = ("ConfigMap", "ExternalSecret")
"""Kinds that are built: those looked into, and those that replacements take values from."""


@dataclass(slots=True)
class Built:
    """An object as a kustomization leaves it."""

    manifest: Manifest
    value: Any


@shared
def used(sources: Sources) -> frozenset[str]:
    """The files and kustomizations that a kustomization uses."""
    return frozenset(path for one in kubernetes.kustomizations(sources) for path in entries(sources, one))


@shared
def applied(sources: Sources) -> dict[str, list[Built]]:
    """The built objects by what is applied: kustomizations that no other uses, and files that none lists."""
    inner = used(sources)
    found = {path: _build(sources, path, ()) for path in kubernetes.kustomizations(sources) if path not in inner}
    for manifest in kubernetes.of_kind(sources, *KINDS):
        if manifest.path not in inner:
            found.setdefault(manifest.path, []).append(Built(manifest, manifest.node.value))
    return found


def entries(sources: Sources, path: str) -> list[str]:
    """The files and kustomizations that a kustomization uses."""
    root = kubernetes.kustomizations(sources)[path]
    found = []
    for key in ("resources", "bases", "components"):
        for entry in root.at(key).items:
            place = join(folder(path), entry.text)
            inner = (join(place, name) for name in KUSTOMIZATIONS)
            found.append(next((one for one in inner if one in sources.tree), place))
    return found


def _build(sources: Sources, path: str, above: tuple[str, ...]) -> list[Built]:
    objects: list[Built] = []
    for entry in entries(sources, path) if path not in above else ():
        if entry in kubernetes.kustomizations(sources):
            objects += _build(sources, entry, (*above, path))
        else:
            found = kubernetes.in_file(sources, entry, *KINDS)
            objects += [Built(manifest, manifest.node.value) for manifest in found]
    root = kubernetes.kustomizations(sources)[path]
    for target, text in _patches(sources, path, root):
        for document in yaml.parse_text(text).documents:
            _patch(objects, target, document)
    for replacement in _replacements(sources, path, root):
        _replace(objects, replacement)
    return objects


def _patches(sources: Sources, path: str, root: Node) -> Iterator[tuple[Node, str]]:
    for entry in (*root.at("patches").items, *root.at("patchesJson6902").items):
        file = sources.tree.get(join(folder(path), entry.at("path").text))
        yield entry.at("target"), entry.at("patch").text or (file.text if file else "")
    for entry in root.at("patchesStrategicMerge").items:
        file = sources.tree.get(join(folder(path), entry.text))
        yield yaml.ABSENT, file.text if file else entry.text


def _patch(objects: list[Built], target: Node, document: Node) -> None:
    if document.is_list:
        for one in _selected(objects, target):
            for operation in document.items:
                _operate(one.value, operation)
        return
    chosen = _selected(objects, target) if target else _selected(objects, document, document.at("metadata"))
    for one in chosen:
        one.value = _merged(one.value, document.value)


def _selected(objects: list[Built], target: Node, named: Node | None = None) -> list[Built]:
    """The objects that a target names, or (where `named` is given) a patch that is part of an object."""
    kind, name = target.at("kind").text, (named or target).at("name").text
    matched = [one for one in objects if _fits(kind, one.manifest.kind) and _fits(name, one.manifest.name)]
    return [one for one in matched if has_labels(one.manifest, target.at("labelSelector").text)]


def _fits(pattern: str, name: str) -> bool:
    return not pattern or patterns.fits(pattern, name) is True


def _operate(value: Any, operation: Node) -> None:
    """An operation of a JSON patch; one that is not understood leaves the place unknown."""
    *way, last = [step.replace("~1", "/").replace("~0", "~") for step in operation.at("path").text.split("/")[1:]] or [
        ""
    ]
    for here in _places(value, way):
        if operation.at("op").text in ("replace", "add") and last != "-":
            _set(here, last, operation.at("value").value)
        elif operation.at("op").text == "remove" and isinstance(here, dict):
            here.pop(last, None)
        else:
            _set(here, last, UNKNOWN)


def _places(value: Any, way: list[str]) -> Iterator[Any]:
    """What lies at the end of a way; `*` is every item."""
    if not way:
        yield value
        return
    first, *rest = way
    if isinstance(value, list) and first == "*":
        for item in value:
            yield from _places(item, rest)
    elif isinstance(value, list) and first.isdecimal() and int(first) < len(value):
        yield from _places(value[int(first)], rest)
    elif isinstance(value, dict) and first in value:
        yield from _places(value[first], rest)


def _set(here: Any, last: str, value: Any) -> None:
    if isinstance(here, dict):
        here[last] = value
    elif isinstance(here, list) and last.isdecimal() and int(last) < len(here):
        here[int(last)] = value


def _merged(value: Any, patch: Any) -> Any:
    """A merge patch: a list replaces a list, as it does for custom kinds."""
    if not isinstance(value, dict) or not isinstance(patch, dict):
        return patch
    kept = {key: one for key, one in value.items() if patch.get(key, one) is not None}
    return kept | {key: _merged(kept.get(key), one) for key, one in patch.items() if one is not None}


def _replacements(sources: Sources, path: str, root: Node) -> Iterator[Node]:
    for entry in root.at("replacements").items:
        if entry.at("path"):
            read = yaml.root(sources, join(folder(path), entry.at("path").text))
            yield from read.items or [read]
        else:
            yield entry


def _replace(objects: list[Built], replacement: Node) -> None:
    source = replacement.at("source")
    way = _way(source.at("fieldPath").text or "metadata.name")
    found = [one for object_ in _selected(objects, source) for one in _places(object_.value, way)]
    given = replacement.at("sourceValue").text or (found[0] if len(found) == 1 else UNKNOWN)
    for target in replacement.at("targets").items:
        for object_ in _selected(objects, target.at("select")):
            for field_path in target.at("fieldPaths").items:
                *before, last = _way(field_path.text)
                for here in _places(object_.value, before):
                    _set(here, last, _put(here, last, given, target.at("options")))


def _way(field_path: str) -> list[str]:
    """The steps of a field path; a dot in a key is written `\\.`."""
    return [step.replace("\\.", ".") for step in re.split(r"(?<!\\)\.", field_path)]


def _put(here: Any, last: str, given: Any, options: Node) -> Any:
    """The new value of a field: the given one, or that in the place of one of its parts."""
    delimiter, old = options.at("delimiter").text, here.get(last) if isinstance(here, dict) else None
    if not delimiter:
        return given
    index = options.at("index").text or "0"
    if not isinstance(old, str) or not isinstance(given, str) or not index.isdecimal():
        return UNKNOWN
    parts = old.split(delimiter)
    if int(index) >= len(parts):
        return UNKNOWN
    parts[int(index)] = given
    return delimiter.join(parts)
