"""Terraform references name attributes that their type has

`aws_vpc.main.idd` fails when the plan is made. The attribute after the name must be an argument, an
attribute or a block of the type, as recorded from the provider's schema.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models.terraform import file_references, modules, plain
from generator.checks.models.terraform_references import unknown_attribute
from generator.checks.rule import Flaw, at
from generator.checks.source import Sources, folder


def files(sources: Sources) -> Iterator[str]:
    return sources.ending(".tf")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = modules(sources)[folder(path)]
    for reference in file_references(sources, path):
        message = unknown_attribute(module, plain(reference.names))
        if message:
            yield at(reference, message)
