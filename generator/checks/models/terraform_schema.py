"""What a type, a nested block or an argument with fields may have, by the recorded version of its provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from generator.checks import data
from generator.checks.models.terraform_record import Chunk, Record, record_of

_MODES: Final = {"l": "list", "s": "set", "m": "map", "1": "single"}
_COLLECTIONS: Final = {"L": "list", "S": "set", "M": "map"}


@dataclass(frozen=True, slots=True)
class ArgumentSchema:
    """`flag`: r required, o optional, b optional and computed, c computed."""

    flag: str
    nesting: str = ""
    fields: BlockSchema | None = None
    as_blocks: bool = False
    """A collection of objects, which may be written as blocks too."""
    type: str = ""
    """As it is recorded: `s`, `n`, `b`, after `L`, `S` or `M` for a collection; "" where it is not known."""
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class BlockUse:
    """How often a block may stand (`most` 0 = without limit), and what it holds."""

    least: int
    most: int
    schema: BlockSchema
    nesting: str = "list"


@dataclass(frozen=True, slots=True)
class BlockSchema:
    """The arguments and blocks that a body may have; `open` bodies may have any, each argument like `each`."""

    arguments: Mapping[str, ArgumentSchema]
    blocks: Mapping[str, BlockUse]
    open: bool = False
    each: ArgumentSchema | None = None

    def joined(self, other: BlockSchema) -> BlockSchema:
        """Both schemas' names; this one's win."""
        return BlockSchema(
            {**other.arguments, **self.arguments}, {**other.blocks, **self.blocks}, self.open or other.open
        )


@dataclass(frozen=True, slots=True)
class Edition:
    """A recorded version of a provider."""

    source: str
    version: str

    @property
    def name(self) -> str:
        """The provider's own name."""
        return self.source.rpartition("/")[2]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def editions(source: str) -> tuple[Edition, ...]:
    """The recorded versions of a provider, newest first; none where it is not recorded."""
    record = record_of(source.lower())
    return tuple(Edition(source.lower(), version) for version in reversed(record.versions)) if record else ()


@cache
def types(edition: Edition, section: str) -> tuple[str, ...]:
    """The types of a section: resources, data or ephemeral. Unpacks all of them."""
    record, index = _of(edition)
    return tuple(name for name, one in record.keys(index) if one == section)


@cache
def of_type(edition: Edition, section: str, kind: str) -> BlockSchema | None:
    """The schema of a type; None where the version does not have it."""
    record, index = _of(edition)
    found = record.body(index, kind, section)
    return _body(*found) if found else None


def configuration(edition: Edition) -> BlockSchema:
    """The schema of a `provider` block."""
    return of_type(edition, "provider", "") or BlockSchema({}, {}, open=True)


def provider_functions(edition: Edition) -> frozenset[str]:
    """The functions that the provider is known to bring; none where they are not recorded."""
    return _of(edition)[0].functions


@cache
def functions() -> frozenset[str]:
    """The language's functions."""
    return frozenset(data.load("terraform/functions.json"))


def _of(edition: Edition) -> tuple[Record, int]:
    record = record_of(edition.source)
    if record is None:
        raise KeyError(edition)
    return record, record.versions.index(edition.version)


@cache
def _body(chunk: Chunk, number: int) -> BlockSchema:
    arguments: dict[str, ArgumentSchema] = {}
    blocks: dict[str, BlockUse] = {}
    for kind, names in chunk.groups(number):
        if kind[0] in "!?":
            bounds, _, inner = kind[2:].partition("#")
            least, _, most = bounds.partition(".")
            use = BlockUse(int(least), int(most), _body(chunk, int(inner)), _MODES.get(kind[1], "single"))
            blocks |= dict.fromkeys(names, use)
        else:
            arguments |= dict.fromkeys(names, _argument(chunk, kind))
    return BlockSchema(arguments, blocks)


def _argument(chunk: Chunk, kind: str) -> ArgumentSchema:
    flag, deprecated, code = kind[0].lower(), kind[0].isupper(), kind[1:]
    if code[0] == "@":
        fields = _body(chunk, int(code[2:]))
        return ArgumentSchema(flag, _MODES[code[1]], fields, type=code[0], deprecated=deprecated)
    nesting, inner = ("single", code) if code[0] == "#" else (_COLLECTIONS.get(code[0], ""), code[1:])
    if not nesting or not inner.startswith("#"):
        return ArgumentSchema(flag, type=code, deprecated=deprecated)
    as_blocks = nesting in ("list", "set") and flag != "c"
    return ArgumentSchema(flag, nesting, _body(chunk, int(inner[1:])), as_blocks, code, deprecated)
