"""The replacements of a kustomization: fields that take their value from another object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import kustomize_patching as patching
from generator.checks.models.kustomize import Mark
from generator.checks.models.kustomize_selecting import Built, Miss, chosen
from generator.checks.source import Sources, folder, join

UNKNOWN: Final = "$"
"""The text in place of a value that nobody can tell: one that is put in later."""


def replacements(sources: Sources, path: str, root: Node, objects: list[Built], misses: list[Miss]) -> list[Built]:
    """The objects after the replacements of a kustomization; what is not there joins the misses."""
    for where, entry in _entries(sources, path, root):
        source = entry.at("source")
        value = _given(where, entry, objects, misses) if source or entry.at("sourceValue") else None
        for target in entry.at("targets").items:
            objects = [_replaced(where, one, target, value, misses) for one in objects]
    return objects


def _entries(sources: Sources, path: str, root: Node) -> Iterator[tuple[str, Node]]:
    for entry in root.at("replacements").items:
        if entry.at("path"):
            file = join(folder(path), entry.at("path").text)
            read = yaml.root(sources, file)
            yield from ((file, one) for one in read.items or [read])
        else:
            yield path, entry


def _given(where: str, entry: Node, objects: list[Built], misses: list[Miss]) -> Any:
    """The value, at its place; None for one that cannot be known."""
    if entry.at("sourceValue").text:
        return _text(entry.at("sourceValue"), entry.at("sourceValue").text, where)
    source = entry.at("source")
    way = patching.field_steps(source.at("fieldPath").text or "metadata.name")
    taken = [one for one in objects if chosen(one, source)]
    values = []
    for one in taken:
        here = [one.manifest.node.at(*_indexes(found)) for found in patching.ways(one.manifest.node.raw, way)]
        values += [(one, node) for node in here]
        if not here and way and way[0] != "metadata" and not one.unclear:
            misses.append(_miss(where, one, source.at("fieldPath"), way))
    if len(values) != 1 or values[0][0].unclear or any(chosen(one, source) is None for one in objects):
        return None
    one, node = values[0]
    text = _part(node.text, source.at("options")) if node.text else None
    return None if text is None else _text(node, text, one.file_of(node))


def _miss(where: str, one: Built, place: Node, way: list[str]) -> Miss:
    return Miss(where, place, one.manifest, place.text, patching.beside(one.manifest.node.raw, way))


def _indexes(way: list[str]) -> list[str | int]:
    return [int(step) if step.isdecimal() else step for step in way]


def _text(node: Node, text: str, path: str) -> Any:
    return patching.scalar(text, Mark(path, node.line - 1, node.column - 1))


def _part(text: str, options: Node) -> str | None:
    """The part of a text that the options of a source choose; None where it has none."""
    if not options.at("delimiter").text:
        return text
    index, parts = options.at("index").text or "0", text.split(options.at("delimiter").text)
    return parts[int(index)] if index.isdecimal() and int(index) < len(parts) else None


def _replaced(where: str, one: Built, target: Node, value: Any, misses: list[Miss]) -> Built:
    """An object after what a target says."""
    sure = chosen(one, target.at("select"))
    if sure is False or any(chosen(one, reject) for reject in target.at("reject").items):
        return one
    if sure is None:
        return replace(one, unclear=True)
    raw, options = one.manifest.node.raw, target.at("options")
    made, unclear = raw, one.unclear
    for path in target.at("fieldPaths").items:
        way = patching.field_steps(path.text)
        found = list(patching.ways(made, way))
        for each in found:
            if each:
                made = patching.changed(made, each, patching.set_to(_put(Node(made), each, value, options)))
        if not found and options.at("create").text == "true":
            new = patching.created(made, way, value) if value is not None and way else None
            made, unclear = made if new is None else new, unclear or new is None
        elif not found and way and way[0] != "metadata" and not unclear:
            misses.append(_miss(where, one, path, way))
    return replace(one.became(made), unclear=unclear, patched=one.patched or made is not raw)


def _put(root: Node, way: list[str], value: Any, options: Node) -> Any:
    """The new value of a field: the given one, or that in the place of one of its parts."""
    old = root.at(*_indexes(way))
    delimiter, index = options.at("delimiter").text, options.at("index").text or "0"
    if value is not None and not delimiter:
        return value
    parts = old.text.split(delimiter) if delimiter else []
    known = value is not None and old.text and index.isdecimal() and int(index) < len(parts)
    if known:
        parts[int(index)] = value.value
    return patching.scalar(delimiter.join(parts) if known else UNKNOWN, old.raw.start_mark)
