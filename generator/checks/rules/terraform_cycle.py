"""Terraform objects and locals do not wait for each other

Terraform makes things in the order in which they refer to each other, and refuses a configuration where that leads back
to its beginning: a local that needs itself, two resources of which each names the other, also by `depends_on`. Take out
the reference that is not needed, or move what both need into a third.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models.terraform import configurations
from generator.checks.models.terraform_order import cycles
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder

FORMAT = Format.TERRAFORM

files = configurations

_SHOWN = 6
"""Names of a long cycle that a message tells."""


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for cycle in cycles(sources, folder(path)):
        if cycle.path == path:
            names = [str(node) for node in cycle.nodes]
            way = " -> ".join((*names[:_SHOWN], *["..."] * (len(names) > _SHOWN), names[0]))
            message = f"{names[0]} refers to itself" if len(names) == 1 else f"{names[0]} waits for itself: {way}"
            other = names[1] if len(names) > 1 else names[0]
            yield at(cycle.reference, message, f"Write out in {names[0]} what it takes from {other}.")
