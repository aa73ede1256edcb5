"""No argument is given twice in an HCL body

Terraform refuses a body that has an argument twice. Two people who add the same argument in
different places merge without a conflict, so this often appears after a merge. Keep one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Body
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM


def files(sources: Sources) -> Iterator[str]:
    return filter(hcl.strict, hcl.paths(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _body(hcl.parse(sources, path).body)


def _body(body: Body) -> Iterator[Flaw]:
    first: dict[str, int] = {}
    for argument in body.arguments:
        if argument.name in first:
            message = f"argument {argument.name} is already given in line {first[argument.name]}"
            yield at(argument, message, "Keep one of the two.")
        first.setdefault(argument.name, argument.line)
    for block in body.blocks:
        yield from _body(block.body)
