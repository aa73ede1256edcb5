"""A cluster writes down who did what

Without the audit log of the API server nobody can say afterwards who read a Secret or deleted a Deployment. Name
`audit` in `enabled_cluster_log_types`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.models.habits import habit
from generator.checks.models.terraform_settings import of, values
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.TERRAFORM

_CLUSTER: Final = "aws_eks_cluster"
_LOGS: Final = "enabled_cluster_log_types"


def files(sources: Sources) -> Iterator[str]:
    yield from dict.fromkeys([*(one.path for one in of(sources, _CLUSTER)), *_found(sources)])


def check(sources: Sources, path: str) -> list[Flaw]:
    return _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> dict[str, list[Flaw]]:
    found: dict[str, list[Flaw]] = {}
    for path, flaw in _flaws(sources):
        found.setdefault(path, []).append(flaw)
    return found


def _flaws(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    fix = f'Name "audit" in {_LOGS}.'
    for one in of(sources, _CLUSTER):
        given = one.body.get(_LOGS)
        if given is None:
            message = f"{one.address} keeps no audit log: nobody can say afterwards who did what"
            yield one.path, habit(at(one.block, message, fix))
            continue
        for value in values(sources, one.path, given):
            known = isinstance(value.value, list) and all(isinstance(item, str) for item in value.value)
            if known and "audit" not in value.value:
                message = f"{value.name} lacks audit: nobody can say afterwards who did what in {one.address}"
                yield value.path, habit(at(value, message, fix))
