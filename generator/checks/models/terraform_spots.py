"""Every place of a Terraform file that a schema judges: blocks, nested blocks, objects of nested arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block, Body
from generator.checks.models.terraform import TESTS, module_of, overrides
from generator.checks.models.terraform_editions import Judges, chosen, judges
from generator.checks.models.terraform_language import (
    DYNAMIC,
    LANGUAGE,
    META,
    PROVIDER_META,
    PROVISIONERS,
    TEST_LANGUAGE,
)
from generator.checks.models.terraform_schema import ArgumentSchema, BlockSchema, Edition, of_type
from generator.checks.source import Sources, shared

SECTIONS = {"resource": "resources", "data": "data", "ephemeral": "ephemeral"}


@dataclass(frozen=True, slots=True)
class Given:
    """A name that stands in a body."""

    name: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Origin:
    """What a place is judged by: a type, and the names that lead into it."""

    judges: Judges = field(default_factory=Judges)
    section: str = ""
    kind: str = ""
    way: tuple[str, ...] = ()
    partial: bool = False
    """It stands in a file that changes what others declare, so that what is missing may stand there."""

    def into(self, name: str) -> Origin:
        """The same for a block or argument of it."""
        return replace(self, way=(*self.way, name))

    def others(self) -> Iterator[tuple[Edition, BlockSchema | None]]:
        """What the other versions that may be run have at this place."""
        return self._within(self.judges.editions[1:])

    def knew(self, name: str) -> bool:
        """Whether an older version has such an argument or block here: then it is gone, and not new."""
        older = self._within(self.judges.before if self.judges.editions else ())
        return any(name in {*schema.arguments, *schema.blocks} for _, schema in older if schema)

    def _within(self, versions: tuple[Edition, ...]) -> Iterator[tuple[Edition, BlockSchema | None]]:
        for edition in versions:
            schema = of_type(edition, self.section, self.kind)
            for name in self.way:
                schema = _within(schema, name)
            yield edition, schema


def _within(schema: BlockSchema | None, name: str) -> BlockSchema | None:
    if schema is None:
        return None
    use, argument = schema.blocks.get(name), schema.arguments.get(name)
    return use.schema if use else argument.fields if argument else None


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
    """False where computed keys, or another file, may give what seems to be missing."""
    origin: Origin = field(default_factory=Origin)


@shared
def spots(sources: Sources, path: str) -> tuple[Spot, ...]:
    """The judged places of one file, outer ones first."""
    body = hcl.parse(sources, path).body
    return tuple(spot for block in body.blocks for spot in _top(sources, path, block))


def _top(sources: Sources, path: str, block: Block) -> Iterator[Spot]:
    schema, origin = schema_of(sources, path, block)
    if schema:
        labels = "".join(f' "{label}"' for label in block.labels)
        here = replace(origin, partial=overrides(path))
        yield from _body(f"{block.type}{labels}", block.line, block.column, block.body, schema, here)
    for inner in block.body.of("data") if block.type == "check" else ():
        yield from _top(sources, path, inner)


def schema_of(sources: Sources, path: str, block: Block) -> tuple[BlockSchema | None, Origin]:
    """The schema of a top-level block, and what it comes from; None where nothing is known of it."""
    tests = path.endswith(TESTS)
    if block.type in SECTIONS and not tests:
        if len(block.labels) != 2:
            return None, Origin()
        origin = Origin(judges_of(sources, path, chosen(block)), SECTIONS[block.type], block.labels[0])
        return _first(origin, META[block.type]), origin
    if block.type == "provider" and block.labels:
        origin = Origin(judges_of(sources, path, block.labels[0]), "provider")
        return _first(origin, PROVIDER_META), origin
    return (TEST_LANGUAGE if tests else LANGUAGE).get(block.type), Origin()


def judges_of(sources: Sources, path: str, name: str) -> Judges:
    """What judges the objects of a provider in a file, by the name that its module gives it."""
    module = module_of(sources, path)
    return judges(sources, module.folder, name) if module else Judges()


def _first(origin: Origin, meta: BlockSchema) -> BlockSchema | None:
    """The schema of the first version; where that has no such type, of the first that has it."""
    found = (of_type(edition, origin.section, origin.kind) for edition in origin.judges.editions)
    own = next((schema for schema in found if schema), None)
    return own.joined(meta) if own else None


def _body(what: str, line: int, column: int, body: Body, schema: BlockSchema, origin: Origin) -> Iterator[Spot]:
    blocks = tuple(Given(_block_name(b), b.line, b.column) for b in body.blocks)
    made = frozenset(block.name for block in body.of("dynamic"))
    yield Spot(what, line, column, schema, _arguments(body), blocks, made, not origin.partial, origin)
    for argument in body.arguments:
        known = schema.arguments.get(argument.name, schema.each)
        if known and known.fields and known.flag != "c":
            yield from _objects(argument.name, argument.value, known, origin.into(argument.name))
    for block in body.blocks:
        yield from _inner(block, schema, origin)


def _arguments(body: Body) -> tuple[Given, ...]:
    return tuple(Given(a.name, a.line, a.column) for a in body.arguments)


def _block_name(block: Block) -> str:
    return block.name if block.type == "dynamic" else block.type


def _inner(block: Block, schema: BlockSchema, outer: Origin) -> Iterator[Spot]:
    name, bodies = _block_name(block), [block]
    of_language = not outer.way and name in META["resource"].blocks
    origin = Origin(partial=outer.partial) if of_language else outer.into(name)
    if block.type == "dynamic":
        bodies = list(block.body.of("content"))
        parts = tuple(Given(b.type, b.line, b.column) for b in block.body.blocks)
        yield Spot(f"dynamic {name}", block.line, block.column, DYNAMIC, _arguments(block.body), parts)
    inner = _inside(block, name, schema)
    if inner is None:
        return
    for one in bodies:
        yield from _body(f"block {name}", one.line, one.column, one.body, inner, origin)


def _inside(block: Block, name: str, schema: BlockSchema) -> BlockSchema | None:
    """What a nested block may hold; None where nothing is known of it."""
    use, argument = schema.blocks.get(name), schema.arguments.get(name)
    if use:
        return PROVISIONERS.get(block.name, use.schema) if name == "provisioner" else use.schema
    return argument.fields if argument and argument.as_blocks else None


def _objects(name: str, node: Any, known: ArgumentSchema, origin: Origin) -> Iterator[Spot]:
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
        yield from _object(name, one, known.fields, origin)


def _object(name: str, node: Any, schema: BlockSchema, origin: Origin) -> Iterator[Spot]:
    inner = hcl.unwrap(node)
    if inner.type != "object":
        return
    given = hcl.entries(node)
    names = tuple(Given(key, *hcl.place(where)) for key, where, _ in given if key is not None)
    complete = len(names) == len(given)
    yield Spot(name, *hcl.place(inner), schema, names, complete=complete and not origin.partial, origin=origin)
    for key, _, value in given:
        known = schema.arguments.get(key or "")
        if known:
            yield from _objects(key or "", value, known, origin.into(key or ""))
