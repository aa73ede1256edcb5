"""Which recorded versions of a provider judge a module.

It is the version that the root's `.terraform.lock.hcl` names, else what the constraints of the root and of the modules
that it calls allow: of each major that they allow, the version that is recorded. A module that roots call is judged by
what those are judged by. Where no recorded version fits, nothing is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from generator.checks.formats import hcl
from generator.checks.models.terraform import Module, called, modules
from generator.checks.models.terraform_constraints import Constraint, Version, constraint, number
from generator.checks.models.terraform_schema import Edition, editions
from generator.checks.rule import Flaw
from generator.checks.source import Sources, shared, text
from generator.finding import Severity
from generator.spelling import closest

LOCK: Final = ".terraform.lock.hcl"
_LOCKED: Final = re.compile(r'^provider "[^"\n/]+/([^"\n]+)" \{\s+version\s*= "([^"\n]+)"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Judges:
    """The versions that a module may be run with, the likeliest first."""

    editions: tuple[Edition, ...] = ()
    newer: bool = False
    """What is run is newer than what is recorded of that major, and may know more."""
    open: bool = False
    """It may be newer."""

    @property
    def first(self) -> Edition:
        """The likeliest."""
        return self.editions[0]

    @property
    def before(self) -> tuple[Edition, ...]:
        """What is recorded of older majors than the first: what they had and it has not is gone."""
        recorded = editions(self.first.source)
        return recorded[recorded.index(self.first) + 1 :]


@dataclass(frozen=True, slots=True)
class _Pins:
    """What a root says of the versions of its providers."""

    constraints: dict[str, frozenset[str]]
    locked: dict[str, str]


@shared
def _roots(sources: Sources) -> dict[str, tuple[str, ...]]:
    """By the folder of a module those of the roots that run it."""
    found: dict[str, list[str]] = {place: [] for place in modules(sources)}
    below = {place: _calls(sources, module) for place, module in modules(sources).items()}
    inner = {one for calls in below.values() for one in calls}
    for root in found:
        for place in _reached(root, below) if root not in inner else ():
            found[place].append(root)
    return {place: tuple(roots) or (place,) for place, roots in found.items()}


def _calls(sources: Sources, module: Module) -> tuple[str, ...]:
    inner = (called(sources, module, name) for name in module.modules)
    return tuple({one.folder for one in inner if one and one is not module})


def _reached(root: str, below: dict[str, tuple[str, ...]]) -> Iterator[str]:
    seen, waiting = {root}, [root]
    while waiting:
        place = waiting.pop()
        yield place
        waiting += [one for one in below[place] if one not in seen]
        seen.update(below[place])


@shared
def _members(sources: Sources) -> dict[str, tuple[str, ...]]:
    """By the folder of a root the modules that it runs, itself among them."""
    found: dict[str, list[str]] = {}
    for place, roots in _roots(sources).items():
        for root in roots:
            found.setdefault(root, []).append(place)
    return {root: tuple(places) for root, places in found.items()}


@shared
def _pins(sources: Sources, root: str) -> _Pins:
    found: dict[str, set[str]] = {}
    for place in _members(sources)[root]:
        module = modules(sources)[place]
        for name, given in module.constraints:
            found.setdefault(module.source(name), set()).add(given)
    lock = f"{root}/{LOCK}".lstrip("/")
    locked = _LOCKED.findall(text(sources, lock)) if lock in sources.tree else ()
    return _Pins({name: frozenset(one) for name, one in found.items()}, {name.lower(): v for name, v in locked})


@shared
def judges(sources: Sources, place: str, name: str) -> Judges:
    """What judges the objects of the provider that the module in the folder `place` calls `name`."""
    module = modules(sources).get(place)
    source = module.source(name) if module else f"hashicorp/{name}"
    if not editions(source):
        return Judges()
    found = [
        _judges(sources, source, pins.constraints.get(source, frozenset()), pins.locked.get(source, ""))
        for pins in (_pins(sources, root) for root in (_roots(sources)[place] if module else ()))
    ] or [_judges(sources, source, frozenset(), "")]
    return _together(list(dict.fromkeys(found)))


def _together(found: list[Judges]) -> Judges:
    """Those of several roots: the first of each, the newest before the others, and then what else they allow."""
    firsts = sorted({one.first for one in found if one.editions}, key=lambda one: number(one.version), reverse=True)
    rest = [edition for one in found for edition in one.editions]
    newer, may_be = any(one.newer for one in found), any(one.open for one in found)
    return Judges(tuple(dict.fromkeys([*firsts, *rest])), newer, may_be)


@shared
def _judges(_sources: Sources, source: str, given: frozenset[str], locked: str) -> Judges:
    parsed = [constraint(one) for one in sorted(given)]
    limits = [one for one in parsed if one]
    if len(limits) < len(parsed):
        return Judges()
    exact = constraint(f"= {locked}") if locked else None
    limits = [exact] if exact else limits
    fitting = [(edition, _fits(number(edition.version), limits)) for edition in editions(source)]
    allowed = [(edition, fits) for edition, fits in fitting if fits]
    first = allowed[0][1] if allowed else ""
    return Judges(tuple(edition for edition, _ in allowed), first == "newer", first == "open")


def _fits(recorded: Version, limits: list[Constraint]) -> str:
    """Whether some version of the recorded one's major is allowed.

    `open` where newer ones are allowed beside it, `newer` where no others are; "" for none.
    """
    major = recorded[0]
    points = {recorded, (major, 0, 0), (major, 10**6, 0)}
    for limit in limits:
        points |= {one for at in limit.versions for one in (at, (*at[:2], at[2] + 1)) if one[0] == major}
    allowed = [point for point in points if all(limit.allows(point) for limit in limits)]
    if not allowed:
        return ""
    if max(allowed) > recorded:
        return "newer" if min(allowed) > recorded else "open"
    return "fits"


def chosen(block: hcl.Block) -> str:
    """The local name of the provider of an object: its argument `provider`, else what its type begins with."""
    given = block.body.get("provider")
    named = hcl.word(given.value).strip('"').partition(".")[0] if given else ""
    return named or (block.labels[0].partition("_")[0] if block.labels else "")


def weighed(flaw: Flaw, judged: Judges, accepts: Iterable[Edition], *, strange: bool = False) -> Flaw:
    """The flaw; only a warning, which says why, where a version that may be run does not have it.

    `strange` is a name that is unlike all that are known, as those of newer versions are.
    """
    other = next(iter(accepts), None)
    if other:
        why = f"{judged.first} was looked at; {other.version}, which may be run too, takes it"
    elif judged.newer:
        why = f"{judged.first} was looked at; a newer version is run"
    elif judged.open and strange:
        why = f"{judged.first} was looked at; a newer version may be run"
    else:
        return flaw
    return replace(flaw, message=f"{flaw.message} ({why})", severity=Severity.WARNING)


def strange(given: str, known: Iterable[str]) -> bool:
    """Whether a name is unlike all these, so that it is hardly one of them misspelt."""
    return not closest(given, known, 0.75)
