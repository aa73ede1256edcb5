"""Values for Terraform are given to variables that exist

Terraform only warns about a name in a `.tfvars` file that no variable has, and then ignores it: a
misspelt name leaves the default in force. In a test the name is refused. Files in `environments/`
belong to the folder above.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument
from generator.checks.models.terraform import TESTS, module_of, target
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM


def files(sources: Sources) -> Iterator[str]:
    return sources.ending(".tfvars", TESTS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = module_of(sources, path)
    if module is None or module.broken:
        return
    for argument, variables in _given(sources, path):
        if argument.name not in variables:
            near = did_you_mean(argument.name, variables)
            message = f"{module.title} has no variable {argument.name}{near}"
            yield at(argument, message)


def _given(sources: Sources, path: str) -> Iterator[tuple[Argument, list[str]]]:
    module = module_of(sources, path)
    body = hcl.parse(sources, path).body
    if module is None:
        return
    if not path.endswith(TESTS):
        yield from ((argument, list(module.variables)) for argument in body.arguments)
        return
    runs = list(body.of("run"))
    tested = [inner for run in runs for inner in run.body.of("module")]
    others = [target(sources, module, inner.body.get("source")) for inner in tested]
    everywhere = [name for one in (module, *others) if one for name in one.variables]
    for block in body.of("variables"):
        yield from ((argument, everywhere) for argument in block.body.arguments)
    for run in runs:
        own = next((target(sources, module, m.body.get("source")) for m in run.body.of("module")), module)
        for block in run.body.of("variables") if own else ():
            yield from ((argument, list(own.variables) if own else []) for argument in block.body.arguments)
