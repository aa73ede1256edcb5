"""Values of Terraform variables have the variables' types

Terraform refuses a value that cannot be converted to the type of its variable, in a `.tfvars` file, in a call of a
module, and as the variable's own default. Values that the text does not say (references, functions) are not judged.
Write a value of that type, or correct the type.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument
from generator.checks.models.terraform import configurations
from generator.checks.models.terraform_types import Type, misfits
from generator.checks.models.terraform_values import SUFFIX, given, type_of
from generator.checks.models.terraform_values import files as values
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder

FORMAT = Format.TERRAFORM


def files(sources: Sources) -> Iterator[str]:
    yield from values(sources)
    yield from configurations(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for name, argument, wanted in _given(sources, path):
        yield from (at(one, one.message, one.fix) for one in misfits(argument.value, wanted, name))


def _given(sources: Sources, path: str) -> Iterator[tuple[str, Argument, Type]]:
    """The name of each variable that is given, its value and its type."""
    for block in hcl.parse(sources, path).body.of("variable") if not path.endswith(SUFFIX) else ():
        default = block.body.get("default")
        if default:
            yield block.name, default, type_of(sources, folder(path), block.name)
    for one in given(sources, path):
        for argument in one.arguments:
            yield argument.name, argument, type_of(sources, one.module.folder, argument.name)
