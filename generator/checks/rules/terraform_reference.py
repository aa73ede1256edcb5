"""Terraform references lead to something declared

`var.`, `local.`, `module.`, `data.` and resource references must name something that the same
folder declares, and `module.x.y` an output of the module that `x` runs. Declare it, or correct the
name.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models.terraform import file_references, modules, plain
from generator.checks.models.terraform_references import undeclared
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder

FORMAT = Format.TERRAFORM


def files(sources: Sources) -> Iterator[str]:
    return sources.ending(".tf")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = modules(sources)[folder(path)]
    if module.broken:
        return
    for reference in file_references(sources, path):
        message = undeclared(sources, module, plain(reference.names))
        if message:
            yield at(reference, message)
