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

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

import msgspec
import yaml

from generator.answers import Answers, Service
from generator.errors import AnswersError, BugError, Problem
from generator.parts import Part, Parts
from generator.pins import Pins, pins

__all__ = [
    "Answers",
    "AnswersError",
    "BugError",
    "Flags",
    "Part",
    "Parts",
    "Pins",
    "Problem",
    "Service",
    "builds",
    "contributes",
    "fill",
    "load_parts",
    "load_yaml",
    "names_of",
    "pins",
]

PartsFunction = Callable[[Answers], Iterable[Part]]
Words = Mapping[str, Any]
"""What the `<NAMES>` in a data file stand for."""
Flags = Mapping[str, bool] | Collection[str]
"""What `when` of a data file may ask for: whether each name holds, or the names that hold."""
C = TypeVar("C")
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_NAME: Final = re.compile(r"<([A-Z][A-Z0-9_]*)>")


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


def fill(value: Any, words: Words) -> Any:
    """The data with every `<NAME>` in its texts replaced; a text that is nothing else becomes the word itself.

    A word's own text is not looked at again. Raises KeyError for a name that no word has.
    """
    if isinstance(value, dict):
        return {key: fill(one, words) for key, one in value.items()}
    if isinstance(value, list):
        return [fill(one, words) for one in value]
    if not isinstance(value, str):
        return value
    if whole := _NAME.fullmatch(value):
        return words[whole[1]]
    return _NAME.sub(lambda found: str(words[found[1]]), value)


def names_of(flags: Flags) -> frozenset[str]:
    """The names that `when` of a data file finds: those that hold, and `no-<name>` of each that is known not to."""
    if isinstance(flags, Mapping):
        return frozenset(name if holds else f"no-{name}" for name, holds in flags.items())
    return frozenset(flags)


def load_parts(
    folder: str,
    name: str,
    words: Words = NOTHING,
    flags: Flags = (),
    each: Mapping[str, Sequence[Words]] = NOTHING,
) -> Iterator[Part]:
    """The parts of a component's data file: a map from a class of `generator.parts` to its entries.

    An entry has the fields of the class, filled with `words`. With `when` (a name or a list of names) it counts where
    `names_of(flags)` has all of them; with `each` it is made once for every element of the list of that name, whose
    words go before the others. Raises BugError for what fits no class.
    """
    names = names_of(flags)
    kinds = {kind.__name__: kind for kind in Part.__subclasses__()}
    for title, entries in _entries(folder, name).items():
        if title not in kinds:
            raise BugError(f"{_place(folder, name)}: there is no part {title}")
        yield from _made(kinds[title], _place(folder, name), entries, words, names, each)


@cache
def _entries(folder: str, name: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """A data file of parts, read once: what is made of an entry is new each time."""
    entries: Mapping[str, Sequence[Mapping[str, Any]]] = load_yaml(folder, name)
    return entries


def _place(folder: str, name: str) -> str:
    return f"{Path(folder).parent.name}/{name}"


def _made(
    kind: type[Part],
    place: str,
    entries: Iterable[Mapping[str, Any]],
    words: Words,
    names: frozenset[str],
    each: Mapping[str, Sequence[Words]],
) -> Iterator[Part]:
    for entry in entries:
        when = entry.get("when", ())
        if not names.issuperset([when] if isinstance(when, str) else when):
            continue
        fields = {key: value for key, value in entry.items() if key not in {"when", "each"}}
        try:
            for more in each[entry["each"]] if "each" in entry else (NOTHING,):
                yield msgspec.convert(fill(fields, {**words, **more}), kind)
        except KeyError as error:
            raise BugError(f"{place}: nothing is known by the name {error}") from error
        except msgspec.ValidationError as error:
            raise BugError(f"{place}: {kind.__name__}: {error}") from error
