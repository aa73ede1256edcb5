"""Values of Terraform variables have the variables' types

Terraform refuses a value that cannot be converted to the type of its variable, in a `.tfvars` file, in a call of a
module, and as the variable's own default. Values that the text does not say (references, functions) are not judged.
Write a value of that type, or correct the type.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument
from generator.checks.models.terraform import Module, called, configurations, modules
from generator.checks.models.terraform_types import ANY, Type, misfits, parse
from generator.checks.models.terraform_values import files as values
from generator.checks.models.terraform_values import root_of
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, shared

FORMAT = Format.TERRAFORM


def files(sources: Sources) -> Iterator[str]:
    yield from values(sources)
    yield from configurations(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for name, argument, wanted in _given(sources, path):
        yield from (at(one, one.message, one.fix) for one in misfits(argument.value, wanted, name))


def _given(sources: Sources, path: str) -> Iterator[tuple[str, Argument, Type]]:
    """The name of each variable that is given, its value and its type."""
    body = hcl.parse(sources, path).body
    if path.endswith(".tfvars"):
        root = root_of(sources, path)
        for argument in body.arguments if root else ():
            yield argument.name, argument, _type(sources, root, argument.name)
        return
    module = modules(sources)[folder(path)]
    for block in body.of("variable"):
        default = block.body.get("default")
        if default:
            yield block.name, default, _type(sources, module, block.name)
    for block in body.of("module"):
        inner = called(sources, module, block.name) if block.name in module.modules else None
        for argument in block.body.arguments if inner else ():
            yield argument.name, argument, _type(sources, inner, argument.name)


def _type(sources: Sources, module: Module | None, name: str) -> Type:
    return _types(sources, module.folder).get(name, ANY) if module else ANY


@shared
def _types(sources: Sources, place: str) -> dict[str, Type]:
    found = {}
    for name, declared in modules(sources)[place].variables.items():
        given = declared.body.get("type")
        found[name] = parse(given.value) if given else ANY
    return found
