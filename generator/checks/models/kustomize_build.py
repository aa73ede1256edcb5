"""What kustomizations make of objects: every value has the place where it was set last.

It is no kustomize: names stay as they are written, since all that refers to them does; of the objects of generators
only kind and name are known. What cannot be known is `UNKNOWN`, and an object that nobody can tell is `unclear`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.models import kustomize_patching as patching
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kustomize import GENERATED, Patch, fits
from generator.checks.models.kustomize_replacing import replacements
from generator.checks.models.kustomize_selecting import Built, Miss, selected
from generator.checks.source import Sources, shared

MOST: Final = 2_000
"""Objects that a kustomization may have; one with more counts as one that has others that nobody sees."""
DEEPEST: Final = 50
"""Components that may use each other."""
_SCALED: Final = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "Rollout")


@dataclass(slots=True)
class Scope:
    """What a kustomization has to work on, before it does so itself, and what its patches find there."""

    objects: list[Built] = field(default_factory=list)
    generated: set[tuple[str, str]] = field(default_factory=set)
    """(kind, name) of what generators make."""
    affixes: set[tuple[str, str]] = field(default_factory=lambda: {("", "")})
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
        return any(fits(name, called) for own in self.names(kind) for called in self._called(own))

    def kinds(self, kind: str) -> bool:
        """Whether there is an object of such a kind."""
        return any(fits(kind, own) for own, _ in self._pairs())

    def names(self, kind: str) -> list[str]:
        """The names of the objects of a kind."""
        return [name for own, name in self._pairs() if fits(kind, own)]

    def _pairs(self) -> list[tuple[str, str]]:
        return [*((one.manifest.kind, one.manifest.name) for one in self.objects), *self.generated]

    def _called(self, name: str) -> Iterator[str]:
        """An object's name, and what kustomizations make of it."""
        yield from (f"{prefix}{name}{suffix}" for prefix, suffix in self.affixes | {("", "")})

    def join(self, other: Scope) -> None:
        """Takes in what another has, and no object twice."""
        there = {(one.source.path, id(one.source.node.raw), one.names) for one in self.objects}
        new = [one for one in other.objects if (one.source.path, id(one.source.node.raw), one.names) not in there]
        self.open = self.open or other.open or len(self.objects) + len(new) > MOST
        self.objects = [*self.objects, *new][:MOST]
        self.generated = self.generated | other.generated
        self.affixes = self.affixes | other.affixes
        self.deleted = [*self.deleted, *other.deleted]


@dataclass(slots=True)
class World:
    """All kustomizations of a tree, built."""

    builds: dict[str, Scope] = field(default_factory=dict)
    """What each makes; a component makes nothing by itself."""
    scopes: dict[str, Scope] = field(default_factory=dict)
    """What each works on; a component works on what those have that use it."""


@shared
def world(sources: Sources) -> World:
    """The kustomizations of the tree; those that use themselves have objects that nobody sees."""
    made = World()
    for path, circular in _ordered(sources):
        if circular:
            made.builds[path] = made.scopes[path] = Scope(open=True)
        elif not _is_component(sources, path):
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
    here = Scope(affixes=start.affixes, open=depth > DEEPEST or kustomize.makes_unseen(root))
    here.join(start)
    components = []
    for one in kustomize.entries(sources, path):
        if one in made.builds:
            here.join(made.builds[one])
        elif one in kubernetes.kustomizations(sources):
            components += [one] if _is_component(sources, one) and depth <= DEEPEST else []
            here.open = here.open or not _is_component(sources, one)
        else:
            objects = kubernetes.by_path(sources).get(one, [])
            here.join(Scope([written(each) for each in objects], open=not objects))
    for key, kind in GENERATED.items():
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
    """A copy of what there is before patches; kinds that its patches make count as there."""
    before = Scope(here.objects, here.generated, here.affixes, here.open)
    for patch in kustomize.patches(sources, path):
        kinds = kustomize.new_kinds(patch)
        made = {(k, one.manifest.name) for k in kinds for one in here.objects if kustomize.is_for(patch, one.manifest)}
        before.generated = before.generated | made
    root = kubernetes.kustomizations(sources)[path]
    before.affixes = here.affixes | {
        (f"{root.at('namePrefix').text}{one}", f"{other}{root.at('nameSuffix').text}") for one, other in here.affixes
    }
    return before


def _work(sources: Sources, path: str, root: Node, here: Scope, before: Scope) -> None:
    """Does what the kustomization says, in kustomize's order."""
    own = kustomize.patches(sources, path)
    for patch in own:
        if not patch.late:
            _patch(here, before, patch)
    here.objects = [_renamed(root, _labelled(path, root, one)) for one in here.objects]
    here.affixes = before.affixes
    for patch in own:
        if patch.late:
            _patch(here, before, patch)
    for entry in root.at("replicas").items:
        count = kustomize.located(path, entry).at("count")
        for number, one in enumerate(here.objects):
            if count and one.manifest.kind in _SCALED and entry.at("name").text in one.names:
                raw = _nested(one.manifest.node.raw, ["spec", "replicas"], patching.added(count.raw))
                here.objects[number] = replace(one.became(raw), patched=True)
    here.objects = replacements(sources, path, root, here.objects, before.misses)


def _nested(raw: object, way: list[str], change: patching.Change) -> object:
    """A value with a change; the value itself where there is no place for it."""
    try:
        return patching.changed(raw, way, change)
    except patching.MissingError:
        return raw


def _patch(here: Scope, before: Scope, patch: Patch) -> None:
    kind, name = patch.wanted
    if any(fits(kind, own) and fits(name, called) for own, called in here.generated):
        before.hits.add(patch)
    made: list[Built] = []
    for one in here.objects:
        sure = selected(one, patch, kind, name)
        if sure is False:
            made.append(one)
            continue
        before.hits.add(patch)
        if sure is None:
            made.append(replace(one, unclear=True))
        elif patching.is_deletion(patch.document):
            here.deleted = [*here.deleted, (patch, one)]
        else:
            made.append(_changed(one, patch, before))
    here.objects = made


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
        try:
            raw = patching.operated(raw, operation)
        except patching.MissingError as error:
            later = not error.way or any(kubernetes.is_put_in_later(step) for step in error.way)
            unclear = unclear or later
            if not later and error.way[0] != "metadata":
                beside = tuple(Node(raw).at(*error.way[:-1]).map)
                before.misses.append(Miss(patch.path, path, one.manifest, "/".join(("", *error.way)), beside))
    return replace(one.became(raw), unclear=unclear, patched=True)


def _identified(one: Built, raw: object) -> Built:
    """A merged object; a patch for many says a name of its own, which is not the object's."""
    kept = one.manifest.node
    for way in (["kind"], ["metadata", "name"]):
        if kept.at(*way):
            raw = _nested(raw, way, patching.set_to(kept.at(*way).raw))
    return replace(one.became(raw), patched=True)


def _labelled(path: str, root: Node, one: Built) -> Built:
    """An object with the labels that its kustomization gives it and its pods."""
    raw = one.manifest.node.raw
    for pairs, pods in _labels(path, root):
        for key, value in pairs.map.items():
            raw = _with_label(raw, ["metadata"], key, value)
            template = ["spec", "jobTemplate", "spec"] if one.manifest.kind == "CronJob" else ["spec"]
            if pods and one.manifest.kind in kubernetes.WORKLOADS:
                raw = _with_label(raw, [*template, "template", "metadata"], key, value)
    return one if raw is one.manifest.node.raw else one.became(raw)


def _with_label(raw: object, way: list[str], key: str, value: Node) -> object:
    if not Node(raw).at(*way, "labels").is_map:
        empty = type(Node(raw).raw)("tag:yaml.org,2002:map", [], value.raw.start_mark, value.raw.end_mark)
        raw = _nested(raw, [*way, "labels"], patching.added(empty))
    return _nested(raw, [*way, "labels", key], patching.added(value.raw))


def _labels(path: str, root: Node) -> Iterator[tuple[Node, bool]]:
    for entry in root.at("labels").items:
        pods = any(entry.at(key).text == "true" for key in ("includeSelectors", "includeTemplates"))
        yield kustomize.located(path, entry.at("pairs")), pods or bool(entry.at("fields"))
    if root.at("commonLabels"):
        yield kustomize.located(path, root.at("commonLabels")), True


def _renamed(root: Node, one: Built) -> Built:
    """An object with the name and the namespace that its kustomization gives it, beside those that it had."""
    prefix, suffix, namespace = (root.at(key).text for key in ("namePrefix", "nameSuffix", "namespace"))
    names = (*one.names, f"{prefix}{one.names[-1]}{suffix}") if prefix or suffix else one.names
    return replace(one, names=names, namespaces=(*one.namespaces, namespace) if namespace else one.namespaces)
