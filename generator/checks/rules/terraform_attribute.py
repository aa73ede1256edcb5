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
from generator.checks.models.terraform import configurations, file_references, modules, plain, references_of
from generator.checks.models.terraform_editions import chosen
from generator.checks.models.terraform_references import unfollowed, unknown_attribute
from generator.checks.models.terraform_spots import SECTIONS, judges_of
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, folder

FORMAT = Format.TERRAFORM


files = configurations


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = modules(sources)[folder(path)]
    for reference in file_references(sources, path):
        flaw = unknown_attribute(sources, module, reference)
        if flaw:
            yield flaw
    for block in hcl.parse(sources, path).body.of(*SECTIONS):
        yield from _own(sources, path, block)


def _own(sources: Sources, path: str, block: Block) -> Iterator[Flaw]:
    found = (*_of_itself(block), *_ignored(block))
    if not found or len(block.labels) != 2:
        return
    judged = judges_of(sources, path, chosen(block))
    for reference, names in found:
        flaw = unfollowed(reference, judged, SECTIONS[block.type], block.labels[0], plain(names))
        if flaw:
            yield flaw


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
