"""Recorded provider schemas, and the language's own blocks in the same shape."""

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
    """The arguments and blocks that a body may have; `open` bodies may have any."""

    arguments: Mapping[str, ArgumentSchema]
    blocks: Mapping[str, BlockUse]
    open: bool = False

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


def _made(required: str = "", optional: str = "", *, is_open: bool = False, **blocks: BlockSchema) -> BlockSchema:
    arguments = {n: ArgumentSchema("r") for n in required.split()} | {n: ArgumentSchema("o") for n in optional.split()}
    return BlockSchema(
        arguments, {name.rstrip("_"): BlockUse(0, 0, schema) for name, schema in blocks.items()}, is_open
    )


_OPEN: Final = _made(is_open=True)
_CONDITION: Final = _made("condition error_message")
_LIFECYCLE: Final = _made(
    optional="create_before_destroy prevent_destroy ignore_changes replace_triggered_by",
    precondition=_CONDITION,
    postcondition=_CONDITION,
)
_META: Final = _made(optional="count for_each depends_on provider", lifecycle=_LIFECYCLE)
_RUN: Final = _made(
    optional="command expect_failures parallel state_key providers",
    variables=_OPEN,
    assert_=_CONDITION,
    module=_made("source", "version"),
    plan_options=_made(optional="mode refresh replace target"),
    override_resource=_made("target", "values override_during"),
    override_data=_made("target", "values override_during"),
    override_module=_made("target", "outputs override_during"),
)

META: Final[Mapping[str, BlockSchema]] = {
    "resource": _META.joined(_made(provisioner=_OPEN, connection=_OPEN)),
    "data": _META,
    "ephemeral": _META,
}
"""What Terraform itself adds to every object."""

_RULE: Final = _made("condition error_message")
LANGUAGE: Final[Mapping[str, BlockSchema]] = {
    "terraform": _made(
        optional="required_version experiments",
        required_providers=_OPEN,
        backend=_OPEN,
        cloud=_OPEN,
        provider_meta=_OPEN,
    ),
    "variable": _made(optional="type default description sensitive nullable ephemeral deprecated", validation=_RULE),
    "output": _made("value", "description sensitive ephemeral depends_on deprecated", precondition=_RULE),
    "locals": _OPEN,
    "module": _made("source", is_open=True),
    "moved": _made("from to"),
    "import": _made("to", "id identity for_each provider"),
    "removed": _made("from", lifecycle=_made("destroy"), provisioner=_OPEN, connection=_OPEN),
    "check": _made(assert_=_CONDITION, data=_OPEN),
}
"""Top-level blocks of `.tf` files other than objects and providers."""

TEST_LANGUAGE: Final[Mapping[str, BlockSchema]] = {
    "run": _RUN,
    "variables": _OPEN,
    "test": _made(optional="parallel"),
    "mock_provider": _made(
        optional="alias source override_during",
        mock_resource=_made(optional="defaults override_during"),
        mock_data=_made(optional="defaults override_during"),
        override_resource=_RUN.blocks["override_resource"].schema,
        override_data=_RUN.blocks["override_data"].schema,
        override_module=_RUN.blocks["override_module"].schema,
    ),
    "override_resource": _RUN.blocks["override_resource"].schema,
    "override_data": _RUN.blocks["override_data"].schema,
    "override_module": _RUN.blocks["override_module"].schema,
}
"""Top-level blocks of `.tftest.hcl` files other than providers."""
