"""Which choices exist: what the components serve, and what is taken where a default is not served yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import NODEFAULT

from generator import catalog
from generator.answers import dotted, usual
from generator.answers.keys import Key, by_name, keys, listed, word
from generator.answers.model import Answers
from generator.answers.nearest import nearest
from generator.answers.read import read
from generator.errors import AnswersError, BugError, Problem
from generator.plan import check
from generator.shifts import impossible

# Free text that still needs a component which does something with it.
_TEXT: Final = frozenset({"cloud.secondary_region", "services[].gpu"})
# Not a choice of what is generated: free to answer, or following from another answer.
_FREE: Final = frozenset({"version", "services[].public", "services[].package_manager"})


@dataclass(frozen=True, slots=True)
class Fallback:
    """A default that cannot be had, and what was taken instead."""

    key: str
    default: object
    taken: object
    why: str = "not served yet"


def settle(raw: object, *, source: str = "", known: tuple[Problem, ...] = ()) -> tuple[Answers, tuple[Fallback, ...]]:
    """Complete, valid and served answers; raises AnswersError with every problem, those already `known` among them.

    A choice that was given and is not served is refused. A default that is not served is
    replaced by the nearest served choice, which is returned as a Fallback.
    """
    given: dict[str, Any] = _copy(raw) if isinstance(raw, Mapping) else {}
    fallbacks: dict[str, Fallback] = {}
    for _ in range(len(keys())):
        data, wrong = read(given if isinstance(raw, Mapping) or raw is None else raw)
        replaced, refused, stuck = _unserved(data, given, fallbacks)
        cannot: list[tuple[Problem, Any]] = []
        for problem, near in impossible(data):
            if _is_default(problem, given):
                replaced.append(Fallback(problem.key, problem.given, near, problem.message))
            else:
                cannot.append((problem, near))
        # What follows from another problem is no news, nor is what a rule says of the same answer.
        told = {problem.key for problem in wrong}
        more = [*wrong, *(p for p in refused if p.key not in told)]
        cannot_be = [p for p, _ in cannot] if more else [*nearest_possible(given, cannot)]
        # Of what is known to be wrong already, the nearest is what was meant, or what comes next to that.
        nearer = {p.key: p.nearest for p in cannot_be}
        first = [replace(p, nearest=nearer.pop(p.key)) if p.key in nearer else p for p in known]
        if problems := (*first, *more, *(p for p in cannot_be if p.key in nearer)) or tuple(stuck):
            raise AnswersError(problems, source=source)
        if not replaced:
            return msgspec.convert(data, Answers), tuple(fallbacks.values())
        for fallback in replaced:
            fallbacks[fallback.key] = fallback
            _put(given, fallback)
    raise BugError("no served defaults found")


def _unserved(
    data: Mapping[str, Any], given: Mapping[str, Any], fallbacks: Mapping[str, Fallback]
) -> tuple[list[Fallback], list[Problem], list[Problem]]:
    """What is taken for defaults that are not served; refusals of what was given; and of defaults without a way out."""
    replaced: list[Fallback] = []
    refused: list[Problem] = []
    stuck: list[Problem] = []
    for name, key, value in listed(data):
        if value is None or not is_choice(key):
            continue
        offered = tuple(offers(key.name, lambda k: dotted.get(data, k)))
        chosen = value if key.many else (value,)
        missing = [v for v in chosen if v not in offered]
        rest = [v for v in chosen if v in offered]
        if not missing:
            continue
        if dotted.get(given, name) is not None and name not in fallbacks:
            refused += [_refusal(name, v, offered) for v in missing]
        elif not (rest if key.many else offered):
            stuck += [_refusal(name, v, offered) for v in missing]
        else:
            replaced.append(Fallback(name, value, rest if key.many else offered[0]))
    return replaced, refused, stuck


def _is_default(problem: Problem, given: Mapping[str, Any]) -> bool:
    return dotted.get(given, problem.key) is None or word(problem.given) == word(by_name()[problem.key].default)


def nearest_possible(given: Mapping[str, Any], cannot: Sequence[tuple[Problem, Any]]) -> Iterator[Problem]:
    """What cannot be, each with the nearest that nobody refuses, and what would be wrong beside that."""
    fixed, more = _copy(given), {}
    for problem, near in cannot:
        dotted.put(fixed, problem.key, near)
    try:
        if cannot:
            check(settle(fixed)[0])
    except AnswersError as error:
        more = {problem.key: problem for problem in error.problems}
    for problem, _ in cannot:
        nearer = more.pop(problem.key, problem)
        yield replace(problem, nearest=nearer.nearest)
    yield from more.values()


def is_choice(key: Key) -> bool:
    """Whether the key chooses what is generated, so that its values must be served."""
    return (bool(key.choices) or key.name in _TEXT) and key.name not in _FREE


def offers(key: str, lookup: Callable[[str], object]) -> Iterator[Any]:
    """The values of a key that exist, given the other answers, in the order of the contract."""
    found: set[Any] = set()
    for component in _serving(key):
        condition = dict(component.manifest.condition)
        allowed = condition.pop(key, None)
        if catalog.holds(condition, lookup):
            found.update(v for v in component.manifest.serves[key] if allowed is None or v in allowed)
    choices = by_name()[key].choices or ("none", *sorted(found - {"none"}))
    # Doing without needs no component: false, and a `none` that is the default.
    yield from (v for v in choices if v in found or v is False or (v == "none" and _none_is_default(key)))


@cache
def _serving(key: str) -> tuple[catalog.Component, ...]:
    """The components that serve a value of the key, with the answers that they ask for."""
    return tuple(component for component in catalog.components() if key in component.manifest.serves)


def _none_is_default(key: str) -> bool:
    return by_name()[key].default in {"none", NODEFAULT} and key != "services[].metrics"


def _refusal(name: str, value: object, offered: tuple[Any, ...]) -> Problem:
    words = [word(v) for v in offered]
    shown = word(value)
    return Problem(
        name,
        f"{shown} is not served yet with the other answers",
        value,
        ", ".join(words) or "nothing yet: change the answers that it depends on",
        nearest(shown, words) or (words[0] if words else ""),
        "See `agency-scaffold components` for what exists.",
    )


def _copy(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        return {key: _copy(value) for key, value in raw.items()}
    return [_copy(item) for item in raw] if isinstance(raw, (list, tuple)) else raw


def _put(given: dict[str, Any], fallback: Fallback) -> None:
    if fallback.key.startswith("services[") and given.get("services") is None:
        given["services"] = usual.services()
    dotted.put(given, fallback.key, fallback.taken)
