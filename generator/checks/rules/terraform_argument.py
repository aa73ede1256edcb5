"""Terraform arguments and blocks are known to their type

Terraform refuses a name that the schema of a resource, data source, provider or block does not
have, an argument that only the provider sets, and a block written as an argument or the other way
round. Nested blocks, `dynamic` blocks and arguments with fields are judged too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from generator.checks.models.terraform import judged
from generator.checks.models.terraform_editions import strange, weighed
from generator.checks.models.terraform_schema import BlockSchema
from generator.checks.models.terraform_spots import Given, Spot, spots
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM


files = judged


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for spot in spots(sources, path):
        if not spot.schema.open:
            for given in spot.arguments:
                yield from _weighed(spot, given, _argument)
            for given in spot.blocks:
                yield from _weighed(spot, given, _block)


def _weighed(spot: Spot, given: Given, judge: Callable[[str, BlockSchema, Given], Flaw | None]) -> Iterator[Flaw]:
    flaw = judge(spot.what, spot.schema, given)
    if flaw:
        accepting = (one for one, schema in spot.origin.others() if schema and not judge(spot.what, schema, given))
        names = (*spot.schema.arguments, *spot.schema.blocks)
        new = given.name not in names and strange(given.name, names) and not spot.origin.knew(given.name)
        yield weighed(flaw, spot.origin.judges, accepting, strange=new)


def _argument(what: str, schema: BlockSchema, given: Given) -> Flaw | None:
    name = given.name
    if name in schema.arguments:
        if schema.arguments[name].flag != "c":
            return None
        return at(given, f"{what}: {name} is set by the provider and cannot be given", f"Remove {name}.")
    if name in schema.blocks:
        return at(given, f"{what}: {name} is a block", f"Write `{name} {{ ... }}`.")
    message = f"{what} has no argument {name}"
    return at(given, message, f"Remove {name}.", did_you_mean(name, [*_settable(schema), *schema.blocks]))


def _block(what: str, schema: BlockSchema, given: Given) -> Flaw | None:
    name = given.name
    argument = schema.arguments.get(name)
    if name in schema.blocks or (argument and argument.as_blocks):
        return None
    if argument:
        return at(given, f"{what}: {name} is an argument", f"Write `{name} = ...`.")
    message = f"{what} has no block {name}"
    return at(given, message, f"Remove {name}.", did_you_mean(name, [*schema.blocks, *_settable(schema)]))


def _settable(schema: BlockSchema) -> list[str]:
    return [name for name, argument in schema.arguments.items() if argument.flag != "c"]
