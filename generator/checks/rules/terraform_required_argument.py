"""Terraform arguments and blocks that must be given are given

Terraform refuses a body without an argument or block that its schema requires, and with more or fewer blocks of a type
than it allows. Add what is missing, remove what is too much.
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
        yield from _wrong_number(spot)


def _missing(spot: Spot) -> Iterator[Flaw]:
    given = {one.name for one in (*spot.arguments, *spot.blocks)}
    if not spot.complete:
        return
    for word, name in _needed(spot.schema, given):
        others = (one for one, schema in spot.origin.others() if schema and (word, name) not in _needed(schema, given))
        fix = f"Add `{name} = ...`." if word == "argument" else f"Add `{name} {{ ... }}`."
        yield weighed(at(spot, f"{spot.what} needs the {word} {name}", fix), spot.origin.judges, others)


def _needed(schema: BlockSchema, given: set[str]) -> list[tuple[str, str]]:
    arguments = [("argument", name) for name, one in schema.arguments.items() if one.flag == "r" and name not in given]
    return arguments + [("block", name) for name, use in schema.blocks.items() if use.least and name not in given]


def _wrong_number(spot: Spot) -> Iterator[Flaw]:
    count = Counter(block.name for block in spot.blocks if block.name not in spot.dynamic)
    for name, number in count.items():
        message = _number(spot.what, name, number, spot.schema)
        if not message or (number < spot.schema.blocks[name].least and not spot.complete):
            continue
        same = [block for block in spot.blocks if block.name == name]
        place = same[min(spot.schema.blocks[name].most or number, number - 1)]
        others = (one for one, schema in spot.origin.others() if schema and not _number("", name, number, schema))
        fix = f"Add another `{name} {{ ... }}`." if number < spot.schema.blocks[name].least else f"Remove this {name}."
        yield weighed(at(place, message, fix), spot.origin.judges, others)


def _number(what: str, name: str, number: int, schema: BlockSchema) -> str:
    """What is wrong with so many blocks of a name; "" for nothing."""
    use = schema.blocks.get(name)
    if use and use.most and number > use.most:
        return f"{what} takes at most {use.most} block{'s' if use.most > 1 else ''} {name}"
    return f"{what} needs at least {use.least} blocks {name}" if use and number < use.least else ""
