"""Terraform references name attributes that their type has

`aws_vpc.main.idd` fails when the plan is made. The attribute after the name must be an argument, an
attribute or a block of the type, as recorded from the provider's schema.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models.terraform import Module, file_references, modules, plain
from generator.checks.models.terraform_schema import BlockSchema, of_type, provider_of
from generator.checks.models.terraform_spots import SECTIONS
from generator.checks.rule import Flaw, at, did_you_mean
from generator.checks.source import Sources, folder


def files(sources: Sources) -> Iterator[str]:
    return sources.ending(".tf")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = modules(sources)[folder(path)]
    for reference in file_references(sources, path):
        message = unknown_attribute(module, plain(reference.names))
        if message:
            yield at(reference, message)


def unknown_attribute(module: Module, names: tuple[str, ...]) -> str:
    """What is wrong with the attributes of a reference; "" for nothing."""
    kind = names[0] if names[0] in ("data", "ephemeral") else "resource"
    rest = names if kind == "resource" else names[1:]
    if len(rest) < 3 or (kind, rest[0], rest[1]) not in module.objects:
        return ""
    provider = provider_of(rest[0], module.sources)
    schema = of_type(provider, SECTIONS[kind], rest[0]) if provider else None
    return _follow(rest[0], rest[2:], schema)


def _follow(what: str, attributes: tuple[str, ...], schema: BlockSchema | None) -> str:
    for name in attributes:
        if schema is None:
            return ""
        if name in schema.blocks:
            schema = schema.blocks[name].schema
        elif name in schema.arguments:
            if schema.arguments[name].nesting == "map":
                return ""
            schema = schema.arguments[name].fields
        else:
            return f"{what} has no attribute {name}{did_you_mean(name, [*schema.arguments, *schema.blocks])}"
        what = name
    return ""
