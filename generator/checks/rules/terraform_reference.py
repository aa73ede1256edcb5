"""Terraform references lead to something declared

`var.`, `local.`, `module.`, `data.` and resource references must name something that the same folder declares, and
`module.x.y` an output of the module that `x` runs. Declare it, or correct the name. The same mistake is told once for a
file. It is a warning in fixtures of tests, in a folder that declares no variable at all, and of outputs within `try`.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.hcl import Reference
from generator.checks.models.terraform import (
    Module,
    configurations,
    file_references,
    modules,
    moved_to,
    partial,
    plain,
    tries,
)
from generator.checks.models.terraform_references import Undeclared, undeclared
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder
from generator.finding import Severity

FORMAT = Format.TERRAFORM


files = configurations


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = modules(sources)[folder(path)]
    if module.broken:
        return
    seen: set[Undeclared] = set()
    for reference in file_references(sources, path):
        wrong = undeclared(sources, module, plain(reference.names))
        if wrong and wrong not in seen:
            seen.add(wrong)
            certain = not _may_come(sources, path, module, reference)
            severity = Severity.ERROR if certain else Severity.WARNING
            yield at(reference, str(wrong), wrong.fix(plain(reference.names)), severity=severity)
    for reference in moved_to(sources, path):
        wrong = undeclared(sources, module, plain(reference.names))
        if wrong:
            fix = "Name what it is called now: what is moved to nowhere is destroyed."
            yield at(reference, wrong.message, fix, wrong.near, severity=Severity.WARNING)


def _may_come(sources: Sources, path: str, module: Module, reference: Reference) -> bool:
    """Whether what is missing may be there when Terraform runs, or is meant to be missing.

    A folder that declares no variable at all gets them from elsewhere; a module's output may be tried.
    """
    root = reference.names[0]
    tried = root == "module" and (reference.line, reference.column) in tries(sources, path)
    return tried or partial(path) or (root == "var" and not module.variables)
