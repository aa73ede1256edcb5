"""The files of an environment say that environment

Values that were copied and not changed make an apply of one environment change another, or let the services of
production think that they are a test. In `environments/prod.tfvars` the variable `environment`, and in `overlays/prod`
the variable `ENVIRONMENT`, must not be the name of another environment beside it. In a repository of agency-scaffold
it must be that environment; `production` is true where the answers name it last, and what several roots are told of
one environment, as `region` and `domain`, is the same for all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import hcl, yaml
from generator.checks.models.environments import answered, places
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, lines, shared
from generator.places import ANSWERS_FILE

FORMAT = Format.TERRAFORM

_FIELD: Final = re.compile(r"^\s*(?:- )?(?:path: [\"']?/\S*/ENVIRONMENT[\"']?|name: [\"']?ENVIRONMENT[\"']?)\s*$")
_VALUE: Final = re.compile(r"^\s*(?:- )?value: +[\"']?([\w-]+)[\"']?\s*(?:#.*)?$")
_DIRECT: Final = re.compile(r"^\s*(?:- )?ENVIRONMENT(?:: *|=)[\"']?([\w-]+)[\"']?\s*(?:#.*)?$")
_ANSWERED: Final = {
    "project": ("project", "name"), "region": ("cloud", "region"), "domain": ("project", "domain"),
    "repository": ("project", "repository"), "account_id": (), "bucket_prefix": (),
}  # fmt: skip
"""What each root is told alike, with where the answers say it of all environments."""
_TO_FILL_IN: Final = "CHANGEME"


@dataclass(frozen=True, slots=True)
class _Given:
    """A value that a file gives to a variable."""

    name: str
    value: str
    path: str
    line: int
    column: int


def files(sources: Sources) -> list[str]:
    return list(_judged(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    own, others = _judged(sources)[path]
    # A file of ours that says a name which is no environment at all makes everything a second time.
    sure = path.endswith(".tfvars") and is_ours(sources) and own in answered(sources)
    for line, column, value in _told(sources, path):
        if value != own and (sure or value in others):
            yield Flaw(line, f"the file is of the environment {own}, and says {value}", f"Write {own}.", column)
    if sure:
        yield from _of_production(sources, path, own)
        yield from _unlike(sources).get(path, ())


def _of_production(sources: Sources, path: str, own: str) -> Iterator[Flaw]:
    """What a file says of production that the answers do not."""
    last = answered(sources)[-1]
    for name, right in (("production", "true" if own == last else "false"), ("production_environment", last)):
        given = hcl.parse(sources, path).body.get(name)
        if given and given.literal not in (None, right):
            message = f"{name} is {given.literal} in the file of {own}, where the answers name {last} as production"
            line, column = hcl.place(given.value)
            yield Flaw(line, message, f"Write {right}.", column)


@shared
def _unlike(sources: Sources) -> dict[str, list[Flaw]]:
    """What the roots of one environment are told differently, and what is not as the answers say, by file."""
    every = _given(sources)
    usual = Counter((given.name, given.value) for _, given in every)
    found: dict[str, list[Flaw]] = {}
    for key in dict.fromkeys((own, given.name) for own, given in every):
        same = [given for own, given in every if (own, given.name) == key]
        said = yaml.root(sources, ANSWERS_FILE).at(*_ANSWERED[key[1]]).text if _ANSWERED[key[1]] else ""
        counts = Counter(given.value for given in same)
        best = max(same, key=lambda one: (one.value == said, counts[one.value], usual[one.name, one.value]))
        # One root alone is held to the answers where nothing else follows it: the roles trust this repository.
        alone = key[1] == "repository" and said and best.value != said
        right, place = (said, ANSWERS_FILE) if alone else (best.value, f"{best.path}:{best.line}")
        for one in same:
            if one.value != right:
                message = f"{one.name} of {key[0]} is {one.value}, where {place} has {right}"
                fix = f"Write {right}, or change it in all files of {key[0]}"
                fix += f" and in {ANSWERS_FILE}." if said else "."
                found.setdefault(one.path, []).append(Flaw(one.line, message, fix, one.column))
    return found


def _given(sources: Sources) -> list[tuple[str, _Given]]:
    """The environment and the value of each variable that the roots are told alike."""
    found = []
    for path, (own, _) in _judged(sources).items():
        for name in _ANSWERED if path.endswith(".tfvars") else ():
            given = hcl.parse(sources, path).body.get(name)
            if given and given.literal and not given.literal.startswith(_TO_FILL_IN):
                found.append((own, _Given(name, given.literal, path, *hcl.place(given.value))))
    return found


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
