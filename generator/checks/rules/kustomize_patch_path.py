"""Fields that patches and replacements of a kustomization name exist

kustomize refuses the whole folder when a patch removes or tests a field that is not there, adds one below
nothing, or when a replacement reads or writes such a field. A patch that replaces such a field adds it, and what it
should change stays as it is. Correct the path, or say `op: add` where it is meant. What the patches before add counts
as there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.models import kubernetes, kustomize
from generator.checks.models.habits import habit
from generator.checks.models.kustomize_build import scope
from generator.checks.models.kustomize_selecting import Miss
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_LONGER: Final = 2
"""Signs by which a misspelt name is longer than what was meant."""


def files(sources: Sources) -> Iterator[str]:
    yield from dict.fromkeys((*kubernetes.kustomizations(sources), *kustomize.patch_files(sources)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, {})


@shared
def _found(sources: Sources) -> dict[str, dict[Flaw, None]]:
    """What is wrong in each file; of the objects that lack a field, the first is named."""
    found: dict[str, dict[Flaw, None]] = {}
    for user in kubernetes.kustomizations(sources):
        here = scope(sources, user)
        said: set[tuple[str, int]] = set()
        for miss in here.misses if not here.open else ():
            if (miss.path, id(miss.place.raw)) not in said:
                said.add((miss.path, id(miss.place.raw)))
                found.setdefault(miss.path, {})[_flaw(miss)] = None
    return found


def _flaw(miss: Miss) -> Flaw:
    """What an operation does not find; one that only adds what it should replace may be meant so."""
    named, sign = f"{miss.manifest.kind} {miss.manifest.name}", "/" if miss.field.startswith("/") else "."
    above, _, last = miss.field.rpartition(sign)
    # One that another begins with is another: `namespace` is no misspelt `name`.
    near = did_you_mean(last, [one for one in miss.beside if len(last) - len(one) <= _LONGER or one not in last])
    fix = instead(near, f"Write a path that {named} has.", f"{above}{sign}" if above or sign == "/" else "")
    flaw = at(miss.place, f"{named} has no {miss.field}{near}", fix)
    return flaw if miss.fails or near else habit(flaw)
