"""What the author of a component imports in `context.py`.

A `context.py` has two functions with these names and decorators:

    @contributes
    def parts(answers: Answers) -> Iterable[Part]: ...

    @builds
    def build(answers: Answers, parts: Parts) -> MyContext: ...

`MyContext` is a frozen dataclass; its fields are the names that the templates see. It holds
every derived value: templates print, they do not think.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from generator.answers import Answers, Service
from generator.errors import AnswersError, BugError, Problem
from generator.parts import Alert, Part, Parts
from generator.pins import Pins, pins

__all__ = [
    "Answers",
    "AnswersError",
    "BugError",
    "Part",
    "Parts",
    "Pins",
    "Problem",
    "Service",
    "builds",
    "contributes",
    "load_alerts",
    "load_yaml",
    "pins",
]

PartsFunction = Callable[[Answers], Iterable[Part]]
C = TypeVar("C")


def contributes(function: PartsFunction) -> PartsFunction:
    """Marks a component's `parts(answers)`."""
    return function


def builds(function: Callable[[Answers, Parts], C]) -> Callable[[Answers, Parts], C]:
    """Marks a component's `build(answers, parts)`."""
    return function


def load_yaml(folder: str, name: str) -> Any:
    """Data of a component: the YAML file `name` beside its `context.py` (pass `__file__` as `folder`)."""
    with (Path(folder).parent / name).open("rb") as file:
        return yaml.load(file, yaml.CSafeLoader)


def load_alerts(folder: str, name: str) -> list[Alert]:
    """The alerts of a component's data file, as typed records; raises msgspec.ValidationError for a bad one."""
    return msgspec.convert(load_yaml(folder, name), list[Alert])
