"""What runs before a release says so

The release scripts take the objects of a phase out of all others by the label `agency-scaffold/phase`, and run those of
`migrate` before the new version starts. A migration without the label is applied with everything else: the new version
meets the old tables, and the next release is refused, since a Job cannot be changed. Judged in repositories of
agency-scaffold.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.models import kubernetes
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, name

FORMAT = Format.KUBERNETES

_LABEL: Final = "agency-scaffold/phase"
_PHASE: Final = "migrate"
"""The phase, and the folder of its Jobs."""


def files(sources: Sources) -> Iterator[str]:
    if is_ours(sources):
        yield from dict.fromkeys(one.path for one in kubernetes.of_kind(sources, "Job") if _migrates(one))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in kubernetes.in_file(sources, path, "Job"):
        labels = one.node.at("metadata", "labels")
        given = labels.at(_LABEL)
        if _migrates(one) and given.text != _PHASE:
            what = f"has the phase {given.text}" if given else f"has no label {_LABEL}"
            message = f"Job {one.name} {what}, so that no release runs it first"
            fix = f"Write `{_LABEL}: {_PHASE}` among the labels of its metadata."
            yield at(given or labels or one.node, message, fix)


def _migrates(one: Manifest) -> bool:
    return name(folder(one.path)) == _PHASE
