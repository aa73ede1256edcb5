"""Objects of each place in a tree with all that is applied of them: what each kustomization makes, with its patches.

What is wrong in a base is said there, once for all overlays that have it; what a patch sets, where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.models.habits import Lapse, Told, gathered, lapse
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kustomize_build import Applied, Scope, applied, world, written
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw
from generator.checks.source import Sources, folder, shared

Forms = tuple[tuple[Applied, Built], ...]
"""One object as it is applied: with each, what it is applied with."""
_Said = TypeVar("_Said", Flaw, Lapse)
_FEW: Final = 2
"""Overlays that a message names."""


@shared
def _by_kind(sources: Sources) -> dict[str, list[Forms]]:
    every: dict[tuple[str, int], list[tuple[Applied, Built]]] = {}
    for group in applied(sources):
        for one in group.objects:
            every.setdefault(_key(one.source), []).append((group, one))
    gone = {_key(one.source) for build in world(sources).builds.values() for _, one in build.deleted}
    found: dict[str, list[Forms]] = {}
    for manifest in kubernetes.manifests(sources):
        key = _key(manifest)
        if key not in every and key not in gone:
            # Some kustomization takes it, and nobody can tell what becomes of it.
            one = replace(written(manifest), unclear=True)
            every[key] = [(Applied(manifest.path, (one,), False, Scope(open=True)), one)]
        found.setdefault(manifest.kind, []).append(tuple(every.get(key, ())))
    return found


def _key(one: Manifest) -> tuple[str, int]:
    return one.path, id(one.node.raw)


def of_kind(sources: Sources, *kinds: str) -> list[Forms]:
    """The objects that are written as one of these kinds; those that all kustomizations delete have no form."""
    return [forms for kind in dict.fromkeys(kinds) for forms in _by_kind(sources).get(kind, ())]


def files(sources: Sources, *kinds: str) -> list[str]:
    """The files with objects of these kinds, and those that may set something of them."""
    written = kubernetes.files_of(sources, *kinds)
    return sorted({*written, *kubernetes.kustomizations(sources), *kustomize.patch_files(sources)} if written else ())


@shared
def beside(sources: Sources, path: str, *kinds: str) -> list[Built]:
    """The objects of these kinds that are applied together with a kustomization ("": with files), or may be for it.

    Those may be for all that are applied without any workload, or as files by themselves.
    """
    return [one for each in dict.fromkeys((path, "")) for one in _by_group(sources, *kinds).get(each, ())]


@shared
def _by_group(sources: Sources, *kinds: str) -> dict[str, list[Built]]:
    found: dict[str, list[Built]] = {}
    for group in applied(sources):
        works = any(one.manifest.kind in kubernetes.WORKLOADS for one in group.objects)
        found.setdefault(group.together if works else "", []).extend(group.of_kind(*kinds))
    return found


def where(one: Built, holder: Node, key: str) -> Node:
    """Where a setting of an object stands: its key, or the value that a patch set."""
    return holder.at(key) if one.is_set(holder.at(key)) else holder.key(key)


def lapsed(one: Built, place: Node, message: str, fix: str = "", *, alone: bool = True) -> Lapse:
    """A lapse at the place of a value of an object."""
    return lapse(one.file_of(place), place, message, fix, alone=alone)


def told(objects: Iterable[Forms], judge: Callable[[Applied, Built], Iterable[tuple[str, Flaw]]]) -> Told:
    """What is told of each file, of what is wrong with each form."""
    return gathered(said for forms in objects for said in _once([(*form, judge(*form)) for form in forms]))


def places(
    objects: Iterable[Forms], judge: Callable[[Applied, Built], Iterable[Lapse | None]]
) -> Iterator[Lapse | None]:
    """The places of a habit: the lapses of each object, or None for one that has the habit in all its forms.

    A form that nobody knows for certain is not judged.
    """
    for forms in objects:
        every = [(group, one, list(judge(group, one))) for group, one in forms if not one.unclear]
        lapses = [(group, one, [(said.path, said) for said in all_ if said]) for group, one, all_ in every]
        yield from [said for _, said in _once(lapses)] or [None for *_, all_ in every if None in all_][:1]


def _once(forms: Sequence[tuple[Applied, Built, Iterable[tuple[str, _Said]]]]) -> Iterator[tuple[str, _Said]]:
    """What is said of an object, once for each place; in its own file with the overlays, where not all have it."""
    found: dict[tuple[str, int, int], dict[str, _Said]] = {}
    for group, _, all_ in forms:
        for path, said in all_:
            found.setdefault((path, said.line, said.column), {})[folder(group.path) or group.path] = said
    for (path, *_), by_overlay in found.items():
        # The one that says most speaks for the others.
        said = max(by_overlay.values(), key=lambda each: len(each.message))
        if len(by_overlay) < len({group.path for group, *_ in forms}) and path == forms[0][1].source.path:
            said = replace(said, message=f"{said.message} (in {_list(list(by_overlay))})")
        yield path, said


def _list(names: list[str]) -> str:
    return " and ".join(names if len(names) <= _FEW else [names[0], f"{len(names) - 1} others"])
