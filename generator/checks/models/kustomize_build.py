"""What kustomizations make of objects: every value has the place where it was set last.

It is no kustomize: names stay as they are written, since all that refers to them does; of the objects of generators
only kind and name are known. What cannot be known is `UNKNOWN`, and an object that nobody can tell is `unclear`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.models import kustomize_patching as patching
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kustomize import Patch, fits
from generator.checks.models.kustomize_naming import named
from generator.checks.models.kustomize_replacing import replacements
from generator.checks.models.kustomize_selecting import Built, Miss, selected
from generator.checks.source import Sources, shared

MOST: Final = 2_000
"""Objects that a kustomization may have; one with more counts as one that has others that nobody sees."""
DEEPEST: Final = 50
"""Components that may use each other."""
USED: Final = 200
"""Times that components may be used for one kustomization."""


@dataclass(slots=True)
class Scope:
    """What a kustomization has to work on, before it does so itself, and what its patches find there."""

    objects: list[Built] = field(default_factory=list)
    generated: set[tuple[str, str]] = field(default_factory=set)
    """(kind, name) of what generators make."""
    affix: tuple[str, str] = ("", "")
    """What the kustomization itself puts before and behind names."""
    open: bool = False
    """It has objects that the tree does not show."""
    misses: list[Miss] = field(default_factory=list)
    """The fields that its patches and replacements want, and that are not there."""
    hits: set[Patch] = field(default_factory=set)
    """The patches that have an object, or may have one."""
    added: list[tuple[Patch, Manifest, Node]] = field(default_factory=list)
    """What it merges into objects, with each as it is before."""
    deleted: list[tuple[Patch, Built]] = field(default_factory=list)
    """What its patches take away, and those of the kustomizations below it."""

    def named(self, kind: str, name: str) -> bool:
        """Whether an object is so named; both are patterns of whole words, as kustomize takes them, "" is any."""
        prefix, suffix = self.affix
        called = (one for own, names in self._called() if fits(kind, own) for one in names)
        return any(fits(name, one) or fits(name, f"{prefix}{one}{suffix}") for one in called)

    def kinds(self, kind: str) -> bool:
        """Whether there is an object of such a kind."""
        return any(fits(kind, own) for own, _ in self._called())

    def names(self, kind: str) -> list[str]:
        """The names of the objects of a kind."""
        return [names[0] for own, names in self._called() if fits(kind, own)]

    def _called(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield from ((one.manifest.kind, one.names) for one in self.objects)
        yield from ((kind, (name,)) for kind, name in self.generated)

    def join(self, other: Scope) -> None:
        """Takes in what another has, and no object twice."""
        there = {(one.source.path, id(one.source.node.raw), one.names) for one in self.objects}
        new = [one for one in other.objects if (one.source.path, id(one.source.node.raw), one.names) not in there]
        self.open = self.open or other.open or len(self.objects) + len(new) > MOST
        self.objects = [*self.objects, *new][:MOST]
        self.generated = self.generated | other.generated
        self.deleted = [*self.deleted, *other.deleted][:MOST]


@dataclass(slots=True)
class World:
    """All kustomizations of a tree, built."""

    builds: dict[str, Scope] = field(default_factory=dict)
    """What each makes; a component makes nothing by itself."""
    scopes: dict[str, Scope] = field(default_factory=dict)
    """What each works on; a component works on what those have that use it."""
    used: int = 0
    """How often components were used for the kustomization that is being built."""


@shared
def world(sources: Sources) -> World:
    """The kustomizations of the tree; those that use themselves have objects that nobody sees."""
    made = World()
    for path, circular in _ordered(sources):
        if circular:
            made.builds[path] = made.scopes[path] = Scope(open=True)
        elif not _is_component(sources, path):
            made.used = 0
            made.builds[path] = _build(sources, made, path, Scope())
    for path in kubernetes.kustomizations(sources):
        made.scopes.setdefault(path, Scope(open=True))
    return made


def scope(sources: Sources, path: str) -> Scope:
    """What a kustomization works on."""
    return world(sources).scopes[path]


@dataclass(frozen=True, slots=True)
class Applied:
    """What is applied together: a kustomization that no other uses, or a file that none lists."""

    path: str
    objects: tuple[Built, ...]
    whole: bool
    """Whether these are all objects that it makes."""
    build: Scope

    @property
    def together(self) -> str:
        """The path of a kustomization; "" for a file, since what no kustomization takes counts as applied together."""
        return self.path if kubernetes.is_kustomization(self.path) else ""

    def of_kind(self, *kinds: str) -> list[Built]:
        """The objects of these kinds that are known for certain."""
        return [one for one in self.objects if one.manifest.kind in kinds and not one.unclear]


@shared
def applied(sources: Sources) -> tuple[Applied, ...]:
    """The kustomizations that no other uses, as they are built, and the files that none lists, as they are."""
    builds, users = world(sources).builds, kustomize.users(sources)
    found = [(path, builds[path]) for path in kustomize.finals(sources)]
    made = [Applied(path, tuple(one.objects), not one.open, one) for path, one in found]
    alone = ((path, here) for path, here in kubernetes.by_path(sources).items() if path not in users)
    return (
        *made,
        *(Applied(path, tuple(written(one) for one in here), False, Scope(open=True)) for path, here in alone),
    )


@shared
def overlays(sources: Sources) -> tuple[Applied, ...]:
    """The kustomizations among them."""
    return tuple(one for one in applied(sources) if kubernetes.is_kustomization(one.path))


def written(one: Manifest) -> Built:
    """An object as it stands in its file."""
    return Built(one, one, (one.name,), (one.node.at("metadata", "namespace").text,))


def _is_component(sources: Sources, path: str) -> bool:
    return kubernetes.kustomizations(sources)[path].at("kind").text == "Component"


def _ordered(sources: Sources) -> Iterator[tuple[str, bool]]:
    """The kustomizations, each after those that it uses, and whether it uses itself by way of others."""
    roots = kubernetes.kustomizations(sources)
    done: set[str] = set()
    for start in roots:
        stack, open_ = [(start, False)], dict[str, bool]()
        while stack:
            path, left = stack.pop()
            if left:
                yield path, open_.pop(path)
                done.add(path)
            elif path in open_:
                open_[path] = True
            elif path not in done:
                open_[path] = False
                stack.append((path, True))
                stack += [(one, False) for one in kustomize.entries(sources, path) if one in roots]


def _build(sources: Sources, made: World, path: str, start: Scope, depth: int = 0) -> Scope:
    """What a kustomization makes of what it is given (a component) and takes in itself."""
    root = kubernetes.kustomizations(sources)[path]
    made.used += depth > 0
    here = Scope(open=depth > DEEPEST or made.used > USED or kustomize.makes_unseen(root))
    here.join(start)
    components = []
    for one in kustomize.entries(sources, path):
        if one in made.builds:
            here.join(made.builds[one])
        elif one in kubernetes.kustomizations(sources):
            components += [one] if _is_component(sources, one) and depth <= DEEPEST and made.used <= USED else []
            here.open = here.open or not _is_component(sources, one)
        else:
            objects = kubernetes.by_path(sources).get(one, [])
            here.join(Scope([written(each) for each in objects], open=not objects))
    for key, kind in kubernetes.GENERATED.items():
        here.generated = here.generated | {(kind, entry.at("name").text) for entry in root.at(key).items}
    for one in components:
        here = _build(sources, made, one, here, depth + 1)
    before = _seen(sources, path, here)
    _work(sources, path, root, here, before)
    if path in made.scopes:
        known = made.scopes[path]
        known.join(before)
        known.misses += before.misses
        known.hits |= before.hits
        known.added += before.added
    else:
        made.scopes[path] = before
    return here


def _seen(sources: Sources, path: str, here: Scope) -> Scope:
    """A copy of what there is before patches; kinds and names that its patches make count as there."""
    before = Scope(here.objects, here.generated, open=here.open)
    for patch in kustomize.patches(sources, path):
        kinds, names = kustomize.new_kinds(patch), kustomize.new_names(patch)
        for one in (each.manifest for each in here.objects if kinds or names):
            if kustomize.is_for(patch, one):
                made = {(kind, name) for kind in (*kinds, one.kind) for name in (*names, one.name)}
                before.generated = before.generated | (made - {(one.kind, one.name)})
    root = kubernetes.kustomizations(sources)[path]
    before.affix = (root.at("namePrefix").text, root.at("nameSuffix").text)
    return before


def _work(sources: Sources, path: str, root: Node, here: Scope, before: Scope) -> None:
    """Does what the kustomization says, in kustomize's order."""
    own = kustomize.patches(sources, path)
    here.objects = list(here.objects)
    places = _places(here.objects)
    for patch in own:
        if not patch.late:
            _patch(here, before, patch, places)
    here.objects = [named(path, root, one) for one in here.objects]
    prefix, suffix = before.affix
    if prefix or suffix:
        renamed = {(kind, f"{prefix}{name}{suffix}") for kind, name in here.generated}
        here.open = here.open or len(here.generated) > MOST
        here.generated = renamed | (here.generated if not here.open else set())
    places = _places(here.objects)
    for patch in own:
        if patch.late:
            _patch(here, before, patch, places)
    for entry in root.at("replicas").items:
        count = kustomize.located(path, entry).at("count")
        for number, one in enumerate(here.objects):
            if count and one.manifest.kind in kubernetes.SCALED and entry.at("name").text in one.names:
                raw = patching.nested(one.manifest.node.raw, ["spec", "replicas"], patching.added(count.raw))
                here.objects[number] = replace(one.became(raw), patched=True)
    here.objects = replacements(sources, path, root, here.objects, before.misses)


def _patch(here: Scope, before: Scope, patch: Patch, places: dict[str, list[int]]) -> None:
    """Applies a patch; `places` are those of the objects by each of their names."""
    kind, name = patch.wanted
    if any(fits(kind, own) and fits(name, called) for own, called in here.generated):
        before.hits.add(patch)
    plain = not patch.target or re.fullmatch(r"[a-z0-9-]+", name)
    gone = set()
    for number in places.get(name, ()) if plain else range(len(here.objects)):
        one = here.objects[number]
        sure = selected(one, patch, kind, name)
        if sure is False:
            continue
        before.hits.add(patch)
        if sure is None:
            here.objects[number] = replace(one, unclear=True)
        elif patching.is_deletion(patch.document):
            here.deleted = [*here.deleted, (patch, one)]
            gone.add(number)
        else:
            here.objects[number] = _changed(one, patch, before)
            for called in here.objects[number].names[len(one.names) :]:
                places.setdefault(called, []).append(number)
    if gone:
        here.objects = [one for number, one in enumerate(here.objects) if number not in gone]
        places.clear()
        places.update(_places(here.objects))


def _places(objects: list[Built]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, one in enumerate(objects):
        for name in dict.fromkeys(one.names):
            found.setdefault(name, []).append(number)
    return found


def _changed(one: Built, patch: Patch, before: Scope) -> Built:
    """An object with a patch applied."""
    if patch.document.is_map:
        before.added.append((patch, one.manifest, patch.document))
        native = kubernetes.built_in(one.manifest)
        raw = patching.merged(one.manifest.node.raw, patch.document.raw, native=native)
        return _identified(one, raw)
    raw, unclear = one.manifest.node.raw, one.unclear or not patch.document.is_list
    for operation in patch.document.items:
        path = operation.at("path")
        way = patching.steps(path.text)
        lacks = operation.at("op").text == "replace" and bool(way) and not patching.is_there(raw, way)
        miss = (
            Miss(patch.path, path, one.manifest, path.text, patching.beside(raw, way), fails=False) if lacks else None
        )
        try:
            raw = patching.operated(raw, operation)
        except patching.MissingError as error:
            way = error.way
            miss = Miss(
                patch.path, path, one.manifest, "/".join(("", *way)), patching.beside(one.manifest.node.raw, way)
            )
        later = miss and (not way or any(kubernetes.is_put_in_later(step) for step in way))
        # Kustomize keeps annotations of its own while it works.
        if miss and not later and not unclear and way[:2] != ["metadata", "annotations"]:
            before.misses.append(miss)
        unclear = unclear or bool(later)
    return replace(one.became(raw), unclear=unclear, patched=True)


def _identified(one: Built, raw: object) -> Built:
    """A merged object; a patch for many says a name of its own, which is not the object's."""
    kept = one.manifest.node
    for way in (["kind"], ["metadata", "name"]):
        if kept.at(*way):
            raw = patching.nested(raw, way, patching.set_to(kept.at(*way).raw))
    return replace(one.became(raw), patched=True)
