"""What a patch deletes is not needed by what stays

A patch with `$patch: delete` takes an object out of an overlay. A pod that uses the ConfigMap, the Secret or the
account, a route that leads to the Service, or an autoscaler of the workload, stays and does not work. Delete
what needs the object as well, or keep it. An overlay with parts from elsewhere is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import kubernetes, kustomize, references
from generator.checks.models.habits import Told, gathered, habit
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kubernetes_world import is_made_elsewhere
from generator.checks.models.kustomize_build import Applied, overlays
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    yield from dict.fromkeys((*kustomize.patch_files(sources), *_found(sources)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    return gathered(found for group in overlays(sources) if group.whole for found in _needed(sources, group))


def _needed(sources: Sources, group: Applied) -> Iterator[tuple[str, Flaw]]:
    there = {pair for one in group.objects for pair in _made(one.manifest)} | group.build.generated
    gone = {pair: (patch, one) for patch, one in group.build.deleted for pair in _made(one.manifest)}
    told = set()
    for one in group.objects if gone else ():
        for kind, name in references.of(one.manifest) if not one.unclear else ():
            patch, _ = gone.get((kind, name), (None, None))
            if patch is None or (kind, name) in there or patch in told or is_made_elsewhere(sources, kind, name):
                continue
            told.add(patch)
            message = f"this deletes {kind} {name}, which {one.manifest.kind} {one.manifest.name} needs"
            fix = f"Remove {one.manifest.kind} {one.manifest.name} as well, or take this patch out."
            flaw = at(patch.document.at("$patch"), message, fix)
            yield patch.path, habit(flaw) if kind in references.BY_HAND else flaw


def _made(one: Manifest) -> list[tuple[str, str]]:
    """What an object is, and the Secret that is made of it."""
    secret = kubernetes.secret_of(one)
    return [(one.kind, one.name), *([("Secret", secret)] if secret else [])]
