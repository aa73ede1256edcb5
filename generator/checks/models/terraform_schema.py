"""Recorded provider schemas: what a type, a nested block or an argument with fields may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from generator.checks import data

PROVIDERS: Final = ("aws", "helm", "kubernetes", "random", "tls")
"""Providers whose schemas are recorded; objects of others are not judged."""

# Providers of protocol 5: a collection of objects may be written as blocks too.
_AS_BLOCKS: Final = {"aws", "kubernetes"}


@dataclass(frozen=True, slots=True)
class ArgumentSchema:
    """`flag`: r required, o optional, b optional and computed, c computed."""

    flag: str
    nesting: str = ""
    fields: BlockSchema | None = None
    as_blocks: bool = False


@dataclass(frozen=True, slots=True)
class BlockUse:
    """How often a block may stand (`most` 0 = without limit), and what it holds."""

    least: int
    most: int
    schema: BlockSchema


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


def provider_of(kind: str, sources: Mapping[str, str]) -> str:
    """The recorded provider of a type; "" where its provider is not recorded or not the one we know."""
    name = kind.partition("_")[0]
    source = sources.get(name, f"hashicorp/{name}")
    return name if name in PROVIDERS and source.endswith(f"hashicorp/{name}") else ""


@cache
def types(provider: str, section: str) -> tuple[str, ...]:
    """The types of a section: resources, data or ephemeral."""
    return tuple(data.load(f"terraform/{provider}.json")[section])


@cache
def of_type(provider: str, section: str, kind: str) -> BlockSchema | None:
    """The schema of a type."""
    number = data.load(f"terraform/{provider}.json")[section].get(kind)
    return None if number is None else _numbered(provider, number)


@cache
def configuration(provider: str) -> BlockSchema:
    """The schema of a `provider` block."""
    return _numbered(provider, data.load(f"terraform/{provider}.json")["configuration"])


@cache
def functions() -> frozenset[str]:
    """The language's functions."""
    return frozenset(data.load("terraform/functions.json"))


@cache
def _numbered(provider: str, number: int) -> BlockSchema:
    raw = data.load(f"terraform/{provider}.json")["blocks"][number]
    return BlockSchema(
        {name: _argument(provider, value) for name, value in raw["a"].items()},
        {name: BlockUse(low, high, _numbered(provider, n)) for name, (low, high, n) in raw.get("b", {}).items()},
    )


def _argument(provider: str, raw: Any) -> ArgumentSchema:
    if isinstance(raw, str):
        return ArgumentSchema(raw)
    flag, nesting, number = raw
    return ArgumentSchema(flag, nesting, _numbered(provider, number), provider in _AS_BLOCKS and flag != "c")
