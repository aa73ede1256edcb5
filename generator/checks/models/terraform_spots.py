"""Every place of a Terraform file that a schema judges: blocks, nested blocks, objects of nested arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block, Body
from generator.checks.models.terraform import TESTS, module_of
from generator.checks.models.terraform_language import (
    DYNAMIC,
    LANGUAGE,
    META,
    PROVIDER_META,
    PROVISIONERS,
    TEST_LANGUAGE,
)
from generator.checks.models.terraform_schema import (
    ArgumentSchema,
    BlockSchema,
    configuration,
    of_type,
    provider_of,
)
from generator.checks.source import Sources, shared

SECTIONS = {"resource": "resources", "data": "data", "ephemeral": "ephemeral"}


@dataclass(frozen=True, slots=True)
class Given:
    """A name that stands in a body."""

    name: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A body or an object, and its schema."""

    what: str
    line: int
    column: int
    schema: BlockSchema
    arguments: tuple[Given, ...]
    blocks: tuple[Given, ...] = ()
    dynamic: frozenset[str] = frozenset()
    """Blocks that a `dynamic` block makes, any number of times."""
    complete: bool = True
    """False where computed keys may give what seems to be missing."""


@shared
def spots(sources: Sources, path: str) -> tuple[Spot, ...]:
    """The judged places of one file, outer ones first."""
    module = module_of(sources, path)
    required = module.sources if module else {}
    body = hcl.parse(sources, path).body
    return tuple(spot for block in body.blocks for spot in _top(block, required, tests=path.endswith(TESTS)))


def _top(block: Block, required: Mapping[str, str], *, tests: bool) -> Iterator[Spot]:
    schema = schema_of(block, required, tests=tests)
    if schema:
        labels = "".join(f' "{label}"' for label in block.labels)
        yield from _body(f"{block.type}{labels}", block.line, block.column, block.body, schema)
    for inner in block.body.of("data") if block.type == "check" else ():
        yield from _top(inner, required, tests=tests)


def schema_of(block: Block, required: Mapping[str, str], *, tests: bool) -> BlockSchema | None:
    """The schema of a top-level block; None where nothing is known of it."""
    if block.type in SECTIONS and not tests:
        provider = provider_of(block.labels[0], required) if len(block.labels) == 2 else ""
        own = of_type(provider, SECTIONS[block.type], block.labels[0]) if provider else None
        return own.joined(META[block.type]) if own else None
    if block.type == "provider" and block.labels:
        provider = provider_of(block.labels[0], required)
        return configuration(provider).joined(PROVIDER_META) if provider else None
    return (TEST_LANGUAGE if tests else LANGUAGE).get(block.type)


def _body(what: str, line: int, column: int, body: Body, schema: BlockSchema) -> Iterator[Spot]:
    blocks = tuple(Given(_block_name(b), b.line, b.column) for b in body.blocks)
    made = frozenset(block.name for block in body.of("dynamic"))
    yield Spot(what, line, column, schema, _arguments(body), blocks, made)
    for argument in body.arguments:
        known = schema.arguments.get(argument.name, schema.each)
        if known and known.fields and known.flag != "c":
            yield from _objects(argument.name, argument.value, known)
    for block in body.blocks:
        yield from _inner(block, schema)


def _arguments(body: Body) -> tuple[Given, ...]:
    return tuple(Given(a.name, a.line, a.column) for a in body.arguments)


def _block_name(block: Block) -> str:
    return block.name if block.type == "dynamic" else block.type


def _inner(block: Block, schema: BlockSchema) -> Iterator[Spot]:
    name, bodies = _block_name(block), [block]
    if block.type == "dynamic":
        bodies = list(block.body.of("content"))
        parts = tuple(Given(b.type, b.line, b.column) for b in block.body.blocks)
        yield Spot(f"dynamic {name}", block.line, block.column, DYNAMIC, _arguments(block.body), parts)
    inner = _inside(block, name, schema)
    if inner is None:
        return
    for one in bodies:
        yield from _body(f"block {name}", one.line, one.column, one.body, inner)


def _inside(block: Block, name: str, schema: BlockSchema) -> BlockSchema | None:
    """What a nested block may hold; None where nothing is known of it."""
    use, argument = schema.blocks.get(name), schema.arguments.get(name)
    if use:
        return PROVISIONERS.get(block.name, use.schema) if name == "provisioner" else use.schema
    return argument.fields if argument and argument.as_blocks else None


def _objects(name: str, node: Any, known: ArgumentSchema) -> Iterator[Spot]:
    if known.fields is None:
        return
    inner = hcl.unwrap(node)
    if known.nesting in ("list", "set"):
        found = hcl.elements(node)
    elif known.nesting == "map":
        found = [value for _, _, value in hcl.entries(node)]
    else:
        found = [inner]
    for one in found:
        yield from _object(name, one, known.fields)


def _object(name: str, node: Any, schema: BlockSchema) -> Iterator[Spot]:
    inner = hcl.unwrap(node)
    if inner.type != "object":
        return
    given = hcl.entries(node)
    names = tuple(Given(key, *hcl.place(where)) for key, where, _ in given if key is not None)
    complete = len(names) == len(given)
    yield Spot(name, *hcl.place(inner), schema, names, complete=complete)
    for key, _, value in given:
        known = schema.arguments.get(key or "")
        if known:
            yield from _objects(key or "", value, known)
