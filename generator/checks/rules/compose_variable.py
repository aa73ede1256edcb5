"""Variables without which nothing starts are in the example of .env

`${NAME:?...}` in a compose file stops everything while nobody has set NAME. Whoever starts on a new
computer, and CI too, copies the example (`.env.example`): each such variable must stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.models import compose
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, folder, join, shared, text

FORMAT = Format.DOCKER

_EXAMPLES: Final = (".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", "example.env")


def files(sources: Sources) -> Iterator[str]:
    return (path for path in compose.paths(sources) if _examples(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    examples = _examples(sources, path)
    known = {name for one in examples for name in _names(sources, one)}
    for one in compose.variables(sources, path):
        if one.required and one.name not in known:
            message = f"{examples[0]} does not name {one.name}"
            yield at(one, message, f"Add `{one.name}=` to {examples[0]}.", did_you_mean(one.name, known))


@shared
def _examples(sources: Sources, path: str) -> tuple[str, ...]:
    """The examples beside a compose file, and in the root."""
    places = dict.fromkeys(join(base, name) for base in (folder(path), "") for name in _EXAMPLES)
    return tuple(place for place in places if place in sources.tree)


@shared
def _names(sources: Sources, path: str) -> frozenset[str]:
    return frozenset(re.findall(r"^[# \t]*(?:export )?(\w+)=", text(sources, path), re.MULTILINE))
