"""Terraform arguments and blocks are known to their type

Terraform refuses a name that the schema of a resource, data source, provider or block does not
have, an argument that only the provider sets, and a block written as an argument or the other way
round. Nested blocks, `dynamic` blocks and arguments with fields are judged too.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models.terraform import TESTS
from generator.checks.models.terraform_spots import Given, Spot, spots
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM


def files(sources: Sources) -> Iterator[str]:
    return sources.ending(".tf", TESTS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for spot in spots(sources, path):
        if not spot.schema.open:
            for given in spot.arguments:
                yield from _argument(spot, given)
            for given in spot.blocks:
                yield from _block(spot, given)


def _argument(spot: Spot, given: Given) -> Iterator[Flaw]:
    schema, name = spot.schema, given.name
    if name in schema.arguments:
        if schema.arguments[name].flag == "c":
            message = f"{spot.what}: {name} is set by the provider and cannot be given"
            yield at(given, message, "Remove it.")
    elif name in schema.blocks:
        message = f"{spot.what}: {name} is a block"
        yield at(given, message, f"Write `{name} {{ ... }}`.")
    else:
        near = did_you_mean(name, _settable(spot) + list(schema.blocks))
        yield at(given, f"{spot.what} has no argument {name}{near}")


def _block(spot: Spot, given: Given) -> Iterator[Flaw]:
    schema, name = spot.schema, given.name
    argument = schema.arguments.get(name)
    if name in schema.blocks or (argument and argument.as_blocks):
        return
    if argument:
        message = f"{spot.what}: {name} is an argument"
        yield at(given, message, f"Write `{name} = ...`.")
    else:
        near = did_you_mean(name, list(schema.blocks) + _settable(spot))
        yield at(given, f"{spot.what} has no block {name}{near}")


def _settable(spot: Spot) -> list[str]:
    return [name for name, argument in spot.schema.arguments.items() if argument.flag != "c"]
