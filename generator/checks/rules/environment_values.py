"""The files of an environment say that environment

Values that were copied and not changed make an apply of one environment change another, or let the services of
production think that they are a test. In `environments/prod.tfvars` the variable `environment`, and in `overlays/prod`
the variable `ENVIRONMENT`, must not be the name of another environment beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import hcl
from generator.checks.models.environments import places
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, lines, shared

FORMAT = Format.TERRAFORM

_FIELD: Final = re.compile(r"^\s*(?:- )?(?:path: [\"']?/\S*/ENVIRONMENT[\"']?|name: [\"']?ENVIRONMENT[\"']?)\s*$")
_VALUE: Final = re.compile(r"^\s*(?:- )?value: +[\"']?([\w-]+)[\"']?\s*(?:#.*)?$")
_DIRECT: Final = re.compile(r"^\s*(?:- )?ENVIRONMENT(?:: *|=)[\"']?([\w-]+)[\"']?\s*(?:#.*)?$")


def files(sources: Sources) -> list[str]:
    return list(_judged(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    own, others = _judged(sources)[path]
    for line, column, value in _told(sources, path):
        if value in others and value != own:
            yield Flaw(line, f"the file is of the environment {own}, and says {value}", f"Write {own}.", column)


@shared
def _judged(sources: Sources) -> dict[str, tuple[str, frozenset[str]]]:
    """The files of environments, with their own and all that lie beside it."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for place, by in places(sources).items():
        if place.endswith(".tfvars"):
            found |= {path: (name, frozenset(by)) for name, path in by.items()}
        elif place.endswith("overlays/*"):
            for name in by:
                inside = sources.below(f"{place.removesuffix('*')}{name}/")
                found |= {path: (name, frozenset(by)) for path in inside if path.endswith((".yaml", ".yml"))}
    return found


def _told(sources: Sources, path: str) -> Iterator[tuple[int, int, str]]:
    """(line, column, environment) of what a file says."""
    if path.endswith(".tfvars"):
        for name in ("environment", "env"):
            given = hcl.parse(sources, path).body.get(name)
            if given and given.literal:
                yield *hcl.place(given.value), given.literal
        return
    before = ""
    for number, line in enumerate(lines(sources, path), 1):
        match = (_VALUE.match(line) if _FIELD.match(before) else None) or _DIRECT.match(line)
        if match:
            yield number, match.start(1) + 1, match[1]
        before = line
