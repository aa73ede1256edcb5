"""The contract as a flat list of keys: what the schema, the comments, `--set` and the questionnaire are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import FieldInfo, fields

from generator.answers import dotted
from generator.answers.model import Answers


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `name` is dotted, with `services[].` for those of a service."""

    name: str
    type: Any
    """The type without its annotations."""
    help: str
    default: object
    """NODEFAULT where there is none, or where it depends on other answers."""
    choices: tuple[Any, ...]
    """The closed set of values (of each item, for a list); () for free values."""
    applies: Mapping[str, tuple[object, ...]]
    """Answers without which the key has no effect; a name without a dot is a sibling's."""
    metas: tuple[Meta, ...]

    @property
    def many(self) -> bool:
        """Whether the value is a list."""
        return get_origin(self.type) is tuple

    @property
    def numbers(self) -> bool:
        """Whether the value is a list of whole numbers."""
        return self.many and unwrap(get_args(self.type)[0])[0] is int

    @property
    def map(self) -> bool:
        """Whether the value is a map from names to values."""
        return get_origin(self.type) is dict

    @property
    def group(self) -> str:
        """The first word of the name."""
        return self.name.split(".")[0].removesuffix("[]")


@cache
def keys() -> tuple[Key, ...]:
    """Every key of the contract, in its order."""
    return tuple(_walk(Answers, ""))


@cache
def by_name() -> dict[str, Key]:
    """The keys by name."""
    return {key.name: key for key in keys()}


def _walk(kind: type[Struct], prefix: str) -> Iterator[Key]:
    for field in fields(kind):
        bare, metas = unwrap(field.type)
        name = prefix + field.name
        if isinstance(bare, type) and issubclass(bare, Struct):
            yield from _walk(bare, f"{name}.")
        elif (
            get_origin(bare) is tuple and isinstance(get_args(bare)[0], type) and issubclass(get_args(bare)[0], Struct)
        ):
            yield from _walk(get_args(bare)[0], f"{name}[].")
        else:
            yield _key(name, bare, metas, field)


def _key(name: str, bare: Any, metas: tuple[Meta, ...], field: FieldInfo) -> Key:
    default = field.default_factory() if field.default_factory is not NODEFAULT else field.default
    about = next((m for m in metas if m.description), Meta(description="", extra={}))
    return Key(
        name=name,
        type=bare,
        help=about.description or "",
        default=default,
        choices=_choices(bare),
        applies=(about.extra or {}).get("applies", {}),
        metas=metas,
    )


def _choices(bare: Any) -> tuple[Any, ...]:
    if get_origin(bare) is tuple:
        return _choices(unwrap(get_args(bare)[0])[0])
    if bare is bool:
        return (True, False)
    return get_args(bare) if get_origin(bare) is Literal else ()


def unwrap(kind: Any) -> tuple[Any, tuple[Meta, ...]]:
    """A type without its annotations, and these."""
    metas: list[Meta] = []
    while get_origin(kind) is Annotated:
        metas += [m for m in kind.__metadata__ if isinstance(m, Meta)]
        kind = get_args(kind)[0]
    return kind, tuple(metas)


@cache
def groups() -> dict[str, str]:
    """The title of each group of keys."""
    out: dict[str, str] = {}
    for field in fields(Answers):
        bare, _ = unwrap(field.type)
        if isinstance(bare, type) and issubclass(bare, Struct):
            out[field.name] = (bare.__doc__ or "").strip()
    return out


@cache
def below(at: str) -> tuple[str, ...]:
    """The names of the keys right below a dotted name (`services[].commands`, "" for the first level), in order."""
    start = f"{at}." if at else ""
    names = [key.name.removeprefix(start) for key in keys() if key.name.startswith(start)]
    return tuple(dict.fromkeys(name.split(".")[0].removesuffix("[]") for name in names))


def listed(data: Mapping[str, Any]) -> Iterator[tuple[str, Key, Any]]:
    """Every answer of plain data: its exact name (`services[0].port`), its key, its value (None = missing)."""
    for key in keys():
        count = len(data.get("services") or ()) if key.name.startswith("services[].") else 1
        for number in range(count):
            name = key.name.replace("[]", f"[{number}]")
            yield name, key, dotted.get(data, name)


def idle(answers: Answers) -> Iterator[tuple[str, str]]:
    """The keys that have no effect with these answers, each with the reason, where the value is not the default."""
    data = msgspec.to_builtins(answers)
    for name, key, value in listed(data):
        if key.default is NODEFAULT or value == msgspec.to_builtins(key.default):
            continue
        for needed, wanted in key.applies.items():
            actual = dotted.get(data, needed if "." in needed else f"{name.rpartition('.')[0]}.{needed}")
            if actual not in wanted:
                choice = " or ".join(map(word, wanted))
                yield name, f"needs {needed}={choice}, it is {word(actual)}"


def word(value: object) -> str:
    """A value as it is shown and as `--set` takes it: `true`, and not Python's `True`; a list as `a, b`."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(word, value)) or "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)
