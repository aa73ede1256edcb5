"""Version constraints of Terraform can be read and can be met

`required_version`, and `version` of a provider or module, take versions with an operator before them (`=`, `!=`, `>`,
`>=`, `<`, `<=`, `~>`) and a comma between them: `>= 1.11, < 2`. Terraform refuses anything else before it does any
work, and so it does conditions that no version meets. Correct the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block, Body
from generator.checks.models.terraform import configurations
from generator.checks.models.terraform_constraints import Constraint, constraint
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM

files = configurations


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for block in hcl.parse(sources, path).body.of("terraform", "provider", "module"):
        for given, node in _given(block):
            message = _wrong(given)
            if message:
                line, column = hcl.place(node)
                yield Flaw(line, message, "Write it as in `>= 1.11, < 2`.", column)


def _given(block: Block) -> Iterator[tuple[str, Any]]:
    argument = block.body.get("required_version" if block.type == "terraform" else "version")
    if argument and argument.literal and hcl.is_text(argument.value):
        yield argument.literal, argument.value
    for listed in block.body.of("required_providers"):
        yield from _required(listed.body)


def _required(body: Body) -> Iterator[tuple[str, Any]]:
    for argument in body.arguments:
        values = [value for key, _, value in hcl.entries(argument.value) if key == "version"] or [argument.value]
        for value in values:
            given = hcl.literal(value)
            if given and hcl.is_text(value):
                yield given, value


def _wrong(given: str) -> str:
    parsed = constraint(given)
    if parsed is None:
        return f'"{given}" is no version constraint'
    return "" if _possible(parsed) else f'no version meets "{given}"'


def _possible(parsed: Constraint) -> bool:
    points = {(0, 0, 0), (10**6, 0, 0)}
    for major, minor, patch in parsed.versions:
        points |= {(major, minor, patch), (major, minor, patch + 1), (major, minor, 10**6), (major, 10**6, 0)}
        points |= {(major, minor, patch - 1)} if patch else {(major, minor - 1, 10**6)} if minor else set()
        points |= {(major - 1, 10**6, 0)} if major else set()
    return any(parsed.allows(point) for point in points)
