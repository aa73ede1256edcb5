"""Terraform arguments and blocks that must be given are given

Terraform refuses a body without an argument or block that its schema requires, and with more blocks
of a type than it allows. Add what is missing, remove what is too much.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from generator.checks.models.terraform import judged
from generator.checks.models.terraform_editions import weighed
from generator.checks.models.terraform_schema import BlockSchema
from generator.checks.models.terraform_spots import Spot, spots
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM


files = judged


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for spot in spots(sources, path):
        yield from _missing(spot)
        yield from _too_many(spot)


def _missing(spot: Spot) -> Iterator[Flaw]:
    given = {one.name for one in (*spot.arguments, *spot.blocks)}
    if not spot.complete:
        return
    for word, name in _needed(spot.schema, given):
        others = (one for one, schema in spot.origin.others() if schema and (word, name) not in _needed(schema, given))
        yield weighed(at(spot, f"{spot.what} needs the {word} {name}"), spot.origin.judges, others)


def _needed(schema: BlockSchema, given: set[str]) -> list[tuple[str, str]]:
    arguments = [("argument", name) for name, one in schema.arguments.items() if one.flag == "r" and name not in given]
    return arguments + [("block", name) for name, use in schema.blocks.items() if use.least and name not in given]


def _too_many(spot: Spot) -> Iterator[Flaw]:
    count = Counter(block.name for block in spot.blocks)
    for name, use in spot.schema.blocks.items():
        if use.most and count[name] > use.most and name not in spot.dynamic:
            again = [block for block in spot.blocks if block.name == name][use.most]
            message = f"{spot.what} takes at most {use.most} block{'s' if use.most > 1 else ''} {name}"
            yield at(again, message)
