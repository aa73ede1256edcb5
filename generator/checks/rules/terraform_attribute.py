"""Terraform references name attributes that their type has

`aws_vpc.main.idd` fails when the plan is made. The attribute after the name must be an argument, an
attribute or a block of the type, as recorded from the provider's schema. So must what stands after `self`
in an object, and what `ignore_changes` lists: a misspelt name there is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block, Reference
from generator.checks.formats.hcl_expressions import references
from generator.checks.models.terraform import Module, file_references, modules, plain, references_of
from generator.checks.models.terraform_references import follow, unknown_attribute
from generator.checks.models.terraform_spots import SECTIONS, schema_of
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder

FORMAT = Format.TERRAFORM


def files(sources: Sources) -> Iterator[str]:
    return sources.ending(".tf")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = modules(sources)[folder(path)]
    for reference in file_references(sources, path):
        message = unknown_attribute(module, plain(reference.names))
        if message:
            yield at(reference, message)
    for block in hcl.parse(sources, path).body.of(*SECTIONS):
        yield from _own(module, block)


def _own(module: Module, block: Block) -> Iterator[Flaw]:
    schema = schema_of(block, module.sources, tests=False)
    for reference, names in (*_of_itself(block), *_ignored(block)):
        message = follow(block.labels[0], plain(names), schema)
        if message:
            yield at(reference, message)


def _of_itself(block: Block) -> Iterator[tuple[Reference, tuple[str, ...]]]:
    for reference in references_of(block.body, block=block.type):
        if reference.names[0] == "self":
            yield reference, reference.names[1:]


def _ignored(block: Block) -> Iterator[tuple[Reference, tuple[str, ...]]]:
    for inner in block.body.of("lifecycle"):
        listed = inner.body.get("ignore_changes")
        for reference in references(listed.value) if listed else ():
            if reference.names != ("all",):
                yield reference, reference.names
