"""Each HCL argument and block has a line of its own

Terraform refuses two arguments on one line, and a block inside a block of one line. Put each on
its own line.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Body
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM


def files(sources: Sources) -> Iterator[str]:
    return filter(hcl.strict, hcl.paths(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _body(hcl.parse(sources, path).body, 0)


def _body(body: Body, opened: int) -> Iterator[Flaw]:
    """`opened` is the line of the brace that opens the body."""
    ends = {argument.value.end_point[0] + 1 for argument in body.arguments}
    for before, argument in pairwise(body.arguments):
        if before.value.end_point[0] + 1 == argument.line:
            message = f"{argument.name} stands on the line of {before.name}"
            yield at(argument, message, "Put it on a line of its own.")
    for block in body.blocks:
        if block.line == opened or block.line in ends:
            message = f"block {block.type} does not start a line"
            yield at(block, message, "Put it on a line of its own.")
        yield from _body(block.body, block.line)
