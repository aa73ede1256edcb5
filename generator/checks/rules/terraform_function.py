"""Terraform functions exist

Terraform refuses a call of a function that it does not have. The list is that of the language;
provider functions (`provider::name::function`) are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Body
from generator.checks.formats.hcl_expressions import Call, calls
from generator.checks.models.terraform import TESTS
from generator.checks.models.terraform_schema import functions
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM


def files(sources: Sources) -> Iterator[str]:
    return sources.ending(".tf", TESTS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for call in _calls(hcl.parse(sources, path).body, "file"):
        name = call.name.removeprefix("core::")
        if "::" not in name and name not in functions():
            yield at(call, f"there is no function {name}{did_you_mean(name, functions())}")


def _calls(body: Body, block: str) -> Iterator[Call]:
    for argument in body.arguments:
        if (block, argument.name) != ("variable", "type"):
            yield from calls(argument.value)
    for inner in body.blocks:
        yield from _calls(inner.body, inner.type)
