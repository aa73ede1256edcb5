"""Names that services may not have, because what runs them uses these for something of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from generator.answers import Answers
from generator.errors import Problem

SEED: Final = "-seed"
"""What fills the database of a preview is called `<service>-seed`, on every platform."""
SEED_TAKEN: Final = "previews use this name for what fills their database"
_LONGEST: Final = 30
"""Characters that the name of a service may have."""


def clashes(
    answers: Answers,
    why: str,
    *,
    names: Collection[str] = (),
    prefixes: Collection[str] = (),
    suffixes: Collection[str] = (),
) -> Iterator[Problem]:
    """The services that have one of the names, begin with a prefix, or are called as another one with a suffix."""
    taken = {*names, *(service.name + suffix for service in answers.services for suffix in suffixes)}

    def is_taken(name: str) -> bool:
        return name in taken or name.startswith(tuple(prefixes))

    for number, service in enumerate(answers.services):
        if is_taken(service.name):
            behind, before = f"{service.name[: _LONGEST - 4]}-app", f"app-{service.name}"[:_LONGEST]
            yield Problem(
                f"services[{number}].name",
                why,
                service.name,
                "another name",
                before if is_taken(behind) else behind,
            )
