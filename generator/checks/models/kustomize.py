"""What a kustomization works on: the objects that it is made of, and what it does to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from generator.checks.formats import patterns, yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.kubernetes import KUSTOMIZATIONS, Manifest
from generator.checks.rule import Placed
from generator.checks.source import Sources, folder, join, lines, shared

MOST: Final = 2_000
"""Kustomizations that one may use, each as often as it does; with more it counts as one that uses unseen ones."""
RESOURCES: Final = ("resources", "bases", "components")
_OPEN: Final = ("helmCharts", "helmChartInflationGenerator", "generators", "transformers", "validators")
_GENERATED: Final = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}


@dataclass(frozen=True, slots=True)
class Place:
    """A line and column, from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch of a kustomization: a part of an object, or operations on one."""

    path: str
    """The file that its text stands in: the kustomization's own for one written there."""
    target: Node
    document: Node
    text: Node
    """The node of the kustomization that has the text; ABSENT where it stands in a file of its own."""
    named: Node
    """Where the kustomization names it."""

    def place(self, sources: Sources, node: Placed) -> Place:
        """Where something of the document stands in its file."""
        if not self.text:
            return Place(node.line, node.column)
        if getattr(self.text.raw, "style", None) not in ("|", ">"):
            return Place(self.text.line, self.text.column)
        line = self.text.line + node.line
        own = lines(sources, self.path)[self.text.line : line]
        indent = min((len(one) - len(one.lstrip()) for one in own if one.strip()), default=0)
        return Place(line, indent + node.column)


@dataclass(slots=True)
class Scope:
    """What a kustomization has to work on, before it does so itself."""

    objects: list[Manifest] = field(default_factory=list)
    generated: set[tuple[str, str]] = field(default_factory=set)
    """(kind, name) of what generators make."""
    patches: list[Patch] = field(default_factory=list)
    """Those of the kustomizations below and its own."""
    affixes: set[tuple[str, str]] = field(default_factory=set)
    open: bool = False
    """It has objects that the tree does not show."""

    def named(self, kind: str, name: str) -> bool:
        """Whether an object is so named; both are patterns of whole words, as kustomize takes them, "" is any."""
        return any(fits(name, called) for own in self.names(kind) for called in self._called(own))

    def kinds(self, kind: str) -> bool:
        """Whether there is an object of such a kind."""
        return any(fits(kind, one) for one in (*(o.kind for o in self.objects), *(k for k, _ in self.generated)))

    def names(self, kind: str) -> list[str]:
        """The names of the objects of a kind."""
        pairs = [*((one.kind, one.name) for one in self.objects), *self.generated]
        return [own_name for own, own_name in pairs if fits(kind, own)]

    def _called(self, name: str) -> Iterator[str]:
        """An object's name, and what kustomizations make of it."""
        yield name
        yield from (f"{prefix}{name}{suffix}" for prefix, suffix in self.affixes)


def fits(pattern: str, name: str) -> bool:
    """Whether a pattern of kustomize may be that of the whole name; "" fits all, and what is none itself alone."""
    found = patterns.fits(pattern, name) if pattern else True
    return patterns.parses(pattern) if found is None else found


def has_labels(one: Manifest, selector: str) -> bool:
    """Whether an object has the labels of a selector such as `a=b,c,d!=e` where it is written."""
    own = kubernetes.labels(one.node.at("metadata", "labels"))
    for term in filter(None, selector.split(",")):
        unlike, differs, other = term.partition("!=")
        if differs:
            if own.get(unlike.strip()) == other.strip():
                return False
            continue
        key, equals, value = term.replace("==", "=").partition("=")
        if key.strip() not in own or (equals and own[key.strip()] != value.strip()):
            return False
    return True


def is_remote(text: str) -> bool:
    """Whether a resource lies elsewhere."""
    return "//" in text or "?ref=" in text or text.startswith(("github.com/", "git@", "git::"))


def target(sources: Sources, path: str, entry: Node) -> str:
    """The file or kustomization of the tree that a resource names; "" where it is not there or elsewhere."""
    if not entry.text or is_remote(entry.text):
        return ""
    place = join(folder(path), entry.text)
    inner = (f"{place}/{name}".lstrip("/") for name in KUSTOMIZATIONS)
    return next((one for one in (place, *inner) if one in sources.tree), "")


@shared
def users(sources: Sources) -> dict[str, list[str]]:
    """The kustomizations that use a file or a kustomization."""
    found: dict[str, list[str]] = {}
    for path, root in kubernetes.kustomizations(sources).items():
        for entry in (entry for key in RESOURCES for entry in root.at(key).items):
            found.setdefault(target(sources, path, entry), []).append(path)
    return found


@shared
def scope(sources: Sources, path: str) -> Scope:
    """What a kustomization works on; a component works on what those have that use it."""
    made = _below(sources, path, (), visited := [path])
    if kubernetes.kustomizations(sources)[path].at("kind").text == "Component":
        above = users(sources).get(path, [])
        made.open = made.open or not above
        for user in above:
            _join(made, _below(sources, user, (path,), visited))
    return made


def _below(sources: Sources, path: str, above: tuple[str, ...], visited: list[str]) -> Scope:
    made = Scope()
    visited.append(path)
    root = kubernetes.kustomizations(sources)[path]
    made.open = any(root.at(key) for key in _OPEN) or path in above
    for entry in (entry for key in RESOURCES for entry in root.at(key).items):
        found = target(sources, path, entry)
        if found in kubernetes.kustomizations(sources) and found not in above and len(visited) < MOST:
            _join(made, _below(sources, found, (*above, path), visited))
        else:
            objects = kubernetes.by_path(sources).get(found, [])
            made.objects += objects
            made.open = made.open or not objects
    for key, kind in _GENERATED.items():
        made.generated |= {(kind, entry.at("name").text) for entry in root.at(key).items}
    made.patches += patches(sources, path)
    for patch in patches(sources, path):
        made.generated |= {(kind, one.name) for kind in new_kinds(patch) for one in made.objects if is_for(patch, one)}
    made.affixes |= {("", "")} if not made.affixes else set()
    prefix, suffix = root.at("namePrefix").text, root.at("nameSuffix").text
    made.affixes |= {(f"{prefix}{one}", f"{other}{suffix}") for one, other in made.affixes}
    return made


def _join(one: Scope, other: Scope) -> None:
    one.objects += other.objects
    one.generated |= other.generated
    one.patches += other.patches
    one.affixes |= other.affixes
    one.open = one.open or other.open


def new_kinds(patch: Patch) -> list[str]:
    """The kinds that a patch gives its objects."""
    return [one.at("value").text for one in patch.document.items if one.at("path").text == "/kind"]


def is_for(patch: Patch, one: Manifest) -> bool:
    """Whether a patch is one of the object, as far as kinds and names say."""
    named = patch.document.at("metadata") if not patch.target else patch.target
    kind = patch.target.at("kind").text if patch.target else patch.document.at("kind").text
    return fits(kind, one.kind) and fits(named.at("name").text, one.name)


@shared
def patches(sources: Sources, path: str) -> tuple[Patch, ...]:
    """The patches that a kustomization applies itself."""
    root = kubernetes.kustomizations(sources)[path]
    found: list[Patch] = []
    for entry in (*root.at("patches").items, *root.at("patchesJson6902").items):
        where = entry.at("path") or (entry if entry.text else yaml.ABSENT)
        found += _read(sources, path, entry.at("target"), where, entry.at("patch"))
    for entry in root.at("patchesStrategicMerge").items:
        is_file = "\n" not in entry.text
        found += _read(sources, path, yaml.ABSENT, entry if is_file else yaml.ABSENT, yaml.ABSENT if is_file else entry)
    return tuple(found)


def _read(sources: Sources, path: str, chosen: Node, file: Node, text: Node) -> Iterator[Patch]:
    if text.text:
        for document in yaml.parse_text(text.text).documents:
            yield Patch(path, chosen, document, text, text)
    elif file.text:
        where = join(folder(path), file.text)
        for document in yaml.parse(sources, where).documents:
            yield Patch(where, chosen, document, yaml.ABSENT, file)


@shared
def patch_files(sources: Sources) -> dict[str, list[tuple[str, Patch]]]:
    """The files that hold patches, with the kustomizations that apply them."""
    found: dict[str, list[tuple[str, Patch]]] = {}
    for path in kubernetes.kustomizations(sources):
        for patch in patches(sources, path):
            found.setdefault(patch.path, []).append((path, patch))
    return found
