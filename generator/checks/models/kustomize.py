"""What kustomizations say: the files and kustomizations that each uses, and its patches where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from generator.checks.formats import patterns, yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.kubernetes import KUSTOMIZATIONS, Manifest
from generator.checks.source import Sources, folder, join, lines, shared

RESOURCES: Final = ("resources", "bases", "components")
_ELSEWHERE: Final = ("helmCharts", "helmChartInflationGenerator", "generators", "transformers")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value stands, from 0 as the parser counts, with its file."""

    name: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """One patch of a kustomization: a part of an object, or operations on one."""

    path: str
    """The file that its text stands in: the kustomization's own for one written there."""
    target: Node
    document: Node
    """What it says; lines and columns are those of the file."""
    late: bool = False
    """It is applied after the kustomization gave names, namespace and labels."""

    @property
    def wanted(self) -> tuple[str, str]:
        """The kind and the name of the objects that it is for: patterns in a target, else words; "" is any."""
        if self.target:
            return self.target.at("kind").text, self.target.at("name").text
        return self.document.at("kind").text, self.document.at("metadata", "name").text


def fits(pattern: str, name: str) -> bool:
    """Whether a pattern of kustomize may be that of the whole name; "" fits all, and what is none itself alone."""
    found = patterns.fits(pattern, name) if pattern else True
    return patterns.parses(pattern) if found is None else found


def is_for(patch: Patch, one: Manifest) -> bool:
    """Whether a patch is one of the object, as far as kinds and names say."""
    kind, name = patch.wanted
    return fits(kind, one.kind) and fits(name, one.name)


def is_remote(text: str) -> bool:
    """Whether a resource lies elsewhere."""
    return "//" in text or "?ref=" in text or text.startswith(("github.com/", "git@", "git::"))


def makes_unseen(root: Node) -> bool:
    """Whether a chart or a plugin makes objects that the tree does not show, or changes them."""
    return any(root.at(key) for key in _ELSEWHERE)


def target(sources: Sources, path: str, entry: Node) -> str:
    """The file or kustomization of the tree that a resource names; "" where it is not there or elsewhere."""
    if not entry.text or is_remote(entry.text):
        return ""
    place = join(folder(path), entry.text)
    inner = (f"{place}/{name}".lstrip("/") for name in KUSTOMIZATIONS)
    return next((one for one in (place, *inner) if one in sources.tree), "")


@shared
def entries(sources: Sources, path: str) -> tuple[str, ...]:
    """The files and kustomizations that a kustomization uses; "" for each that is not there or elsewhere."""
    root = kubernetes.kustomizations(sources)[path]
    return tuple(target(sources, path, entry) for key in RESOURCES for entry in root.at(key).items)


@shared
def users(sources: Sources) -> dict[str, list[str]]:
    """The kustomizations that use a file or a kustomization."""
    found: dict[str, list[str]] = {}
    for path in kubernetes.kustomizations(sources):
        for one in entries(sources, path):
            found.setdefault(one, []).append(path)
    return found


@shared
def finals(sources: Sources) -> tuple[str, ...]:
    """The kustomizations that are applied: no other uses them."""
    roots = kubernetes.kustomizations(sources).items()
    return tuple(path for path, root in roots if path not in users(sources) and root.at("kind").text != "Component")


@shared
def patches(sources: Sources, path: str) -> tuple[Patch, ...]:
    """The patches that a kustomization applies itself, in the order in which kustomize does."""
    root = kubernetes.kustomizations(sources)[path]
    found: list[Patch] = []
    for key, entry, file in kubernetes.patches_of(root):
        written = entry if key == "patchesStrategicMerge" and not file else entry.at("patch")
        found += _read(sources, path, entry.at("target"), file, written, late=key == "patchesJson6902")
    return tuple(found)


def _read(sources: Sources, path: str, chosen: Node, file: Node, text: Node, *, late: bool = False) -> Iterator[Patch]:
    if text.text:
        for document in yaml.parse_text(text.text).documents:
            yield Patch(path, chosen, _inside(sources, path, text, document), late)
    elif file.text:
        where = join(folder(path), file.text)
        for document in yaml.parse(sources, where).documents:
            yield Patch(where, chosen, located(where, document), late)


def _inside(sources: Sources, path: str, text: Node, document: Node) -> Node:
    """A document that stands in a text of a kustomization, with its places there."""
    style = getattr(text.raw, "style", None)
    if style not in ("|", ">"):
        start = text.column - 1 + bool(style)
        as_written = lines(sources, path)[text.line - 1][start:].startswith(text.text)
        return Node(_copy(document.raw, lambda mark: Mark(path, text.line - 1, start + mark.column * as_written), {}))
    last = text.raw.end_mark.line
    rows = [row for row in lines(sources, path)[text.line : last + 1] if row.strip()]
    indent = min((len(row) - len(row.lstrip()) for row in rows[: text.text.count("\n") + 1]), default=0)
    return Node(_copy(document.raw, lambda mark: Mark(path, text.line + mark.line, indent + mark.column), {}))


def located(path: str, node: Node) -> Node:
    """A value that knows its file."""
    return Node(_copy(node.raw, lambda mark: Mark(path, mark.line, mark.column), {})) if node else node


def file_of(node: Node, otherwise: str) -> str:
    """The file of a value; `otherwise` for one that does not know it."""
    mark = node.raw.start_mark if node else None
    return mark.name if isinstance(mark, Mark) else otherwise


def _copy(raw: Any, at: Any, known: dict[int, Any]) -> Any:
    """A node and all below it, with their marks made anew; what stands in several places stays one."""
    if id(raw) in known:
        return known[id(raw)]
    mark = at(raw.start_mark)
    if raw.id == "scalar":
        return type(raw)(raw.tag, raw.value, mark, mark, raw.style)
    known[id(raw)] = made = type(raw)(raw.tag, [], mark, mark)
    if raw.id == "sequence":
        made.value = [_copy(one, at, known) for one in raw.value]
    else:
        made.value = [(_copy(key, at, known), _copy(value, at, known)) for key, value in raw.value]
    return made


@shared
def patch_files(sources: Sources) -> dict[str, list[tuple[str, Patch]]]:
    """The files that hold patches, with the kustomizations that apply them."""
    found: dict[str, list[tuple[str, Patch]]] = {}
    for path in kubernetes.kustomizations(sources):
        for patch in patches(sources, path):
            found.setdefault(patch.path, []).append((path, patch))
    return found


def new_kinds(patch: Patch) -> list[str]:
    """The kinds that a patch gives its objects."""
    return _given(patch, "/kind")


def new_names(patch: Patch) -> list[str]:
    """The names that a patch gives its objects."""
    return _given(patch, "/metadata/name")


def _given(patch: Patch, path: str) -> list[str]:
    """What the operations of a patch write to a path."""
    own = (one for one in patch.document.items if one.at("path").text == path)
    return [one.at("value").text for one in own if one.at("op").text in ("add", "replace")]
