"""Values for Terraform are given to variables that exist

Terraform only warns about a name in a `.tfvars` file that no variable has, and then ignores it: a misspelt name leaves
the default in force. A name unlike all variables is a warning here, too. In a test the name is refused. Files in
folders of their own belong to the root above that has most of their names.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument
from generator.checks.models.terraform import TESTS, Module, module_of, target, tests
from generator.checks.models.terraform_values import files as values
from generator.checks.models.terraform_values import root_of
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources
from generator.finding import Severity
from generator.spelling import closest

FORMAT = Format.TERRAFORM


def files(sources: Sources) -> Iterator[str]:
    yield from values(sources)
    yield from tests(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = module_of(sources, path) if path.endswith(TESTS) else root_of(sources, path)
    if module is None or module.broken:
        return
    for argument, variables in _given(sources, path, module):
        if argument.name not in variables:
            misspelt = path.endswith(TESTS) or closest(argument.name, variables, 0.8)
            severity = Severity.ERROR if misspelt else Severity.WARNING
            message = f"{module.title} has no variable {argument.name}"
            fix = f"Remove it, or declare variable {argument.name} in {module.title}."
            yield at(argument, message, fix, did_you_mean(argument.name, variables), severity=severity)


def _given(sources: Sources, path: str, module: Module) -> Iterator[tuple[Argument, list[str]]]:
    body = hcl.parse(sources, path).body
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
