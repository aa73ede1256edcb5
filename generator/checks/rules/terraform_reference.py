"""Terraform references lead to something declared

`var.`, `local.`, `module.`, `data.` and resource references must name something that the same
folder declares, and `module.x.y` an output of the module that `x` runs. Declare it, or correct the
name.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models.terraform import configurations, file_references, modules, moved_to, plain
from generator.checks.models.terraform_references import undeclared
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder
from generator.finding import Severity

FORMAT = Format.TERRAFORM


files = configurations


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = modules(sources)[folder(path)]
    if module.broken:
        return
    for reference in file_references(sources, path):
        message = undeclared(sources, module, plain(reference.names))
        if message:
            yield at(reference, message)
    for reference in moved_to(sources, path):
        message = undeclared(sources, module, plain(reference.names))
        if message:
            fix = "What is moved to nowhere is destroyed."
            yield Flaw(reference.line, message, fix, reference.column, Severity.WARNING)
