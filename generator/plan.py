"""From answers to what will be rendered: selected components, collected parts, built contexts."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from generator import catalog
from generator.answers import Answers
from generator.catalog import Component
from generator.errors import AnswersError, BugError, Problem
from generator.parts import Part, Parts


@dataclasses.dataclass(frozen=True)
class Planned:
    """A selected component with its context as the templates see it."""

    component: Component
    context: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Plan:
    """What will be rendered, and the parts that went into it."""

    components: tuple[Planned, ...]
    parts: Parts

    def __iter__(self) -> Iterator[Planned]:
        return iter(self.components)


def answer(answers: Answers, key: str) -> object:
    """The answer to a dotted key (outside lists); raises AttributeError for an unknown key."""
    value: object = answers
    for name in key.split("."):
        value = getattr(value, name)
    return value


def select(answers: Answers) -> tuple[Component, ...]:
    """The components whose `when` holds."""
    return tuple(c for c in catalog.components() if catalog.holds(c.manifest.condition, lambda k: answer(answers, k)))


def plan(answers: Answers, only: Collection[str] = ()) -> Plan:
    """Collects all parts, then builds every context; no part is made from parts, no context sees another's.

    `only` limits the plan to these component ids, for work on a single one.
    """
    selected = tuple(c for c in select(answers) if not only or c.id in only)
    parts = Parts(_collect(answers, selected))
    planned = tuple(Planned(c, _fields(c, c.function("build")(answers, parts))) for c in selected)
    if parts.unread and not only:
        raise BugError(f"no component prints parts of type {', '.join(k.__name__ for k in parts.unread)}")
    return Plan(planned, parts)


def check(answers: Answers) -> None:
    """Raises AnswersError with everything that components cannot carry out of these answers."""
    _collect(answers, select(answers))


def _collect(answers: Answers, selected: Iterable[Component]) -> list[Part]:
    parts: list[Part] = []
    problems: list[Problem] = []
    for component in selected:
        try:
            parts += component.function("parts")(answers)
        except AnswersError as error:
            problems += (problem for problem in error.problems if problem not in problems)
    if problems:
        raise AnswersError(tuple(problems))
    doubled = [k for k, n in Counter((type(p).__name__, p.key) for p in parts).items() if n > 1]
    if doubled:
        raise BugError("parts with equal keys: " + ", ".join(f"{kind} {key}" for kind, key in sorted(doubled)))
    return parts


def _fields(component: Component, context: object) -> dict[str, Any]:
    if not dataclasses.is_dataclass(context) or isinstance(context, type):
        raise BugError(f"component {component.id}: build() must return a dataclass")
    return {field.name: getattr(context, field.name) for field in dataclasses.fields(context)}
