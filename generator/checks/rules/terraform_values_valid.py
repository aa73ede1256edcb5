"""Values of Terraform variables pass the validations of their variables

A variable may say in `validation` blocks what it takes. Terraform refuses any other value, but only as it plans: when
a release is on its way, or when more tasks are needed at once. The conditions are tried with the values of `.tfvars`
files and of calls of modules. What a condition asks of anything else is not known here, and then nothing is said; nor
of a value that is a placeholder. Write a value that the variable takes, or correct its validation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument, Block
from generator.checks.formats.hcl_values import HOLE, UNKNOWN, Bound, evaluate
from generator.checks.models.ours import is_ours
from generator.checks.models.terraform import configurations
from generator.checks.models.terraform_settings import certain
from generator.checks.models.terraform_types import converted
from generator.checks.models.terraform_values import Given, given, type_of
from generator.checks.models.terraform_values import files as values
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM

_PLACEHOLDER: Final = re.compile(r"CHANGE|REPLACE|TODO|FIXME|[<\0]|\$\{|\byour\b|xxx", re.IGNORECASE)
"""What is not meant to be the value."""


def files(sources: Sources) -> Iterator[str]:
    yield from values(sources)
    yield from configurations(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in given(sources, path):
        judged = [argument for argument in one.arguments if _validations(one, argument.name)]
        known = _known(sources, path, one) if judged else {}
        for argument in judged:
            for validation in _validations(one, argument.name) if argument.name in known else ():
                yield from _refused(argument, validation, known)


def _validations(one: Given, name: str) -> list[Block]:
    declared = one.module.variables.get(name)
    return list(declared.body.of("validation")) if declared else []


def _known(sources: Sources, path: str, one: Given) -> dict[str, Any]:
    """The values of variables, as the module sees them. What a file leaves out may be given by another one."""
    found = {}
    for name, declared in one.module.variables.items():
        default = declared.body.get("default")
        if default and (one.called or is_ours(sources)):
            found[name] = (declared.path, default)
    found |= {argument.name: (path, argument) for argument in one.arguments if argument.name in one.module.variables}
    every = {}
    for name, (place, argument) in found.items():
        if not _PLACEHOLDER.search(hcl.word(argument.value)):
            wanted = type_of(sources, one.module.folder, name)
            every[name] = converted(certain(sources, place, argument.value), wanted)
    return every


def _refused(argument: Argument, validation: Block, known: dict[str, Any]) -> Iterator[Flaw]:
    def lookup(root: str, _bound: Bound) -> Any:
        return known if root == "var" else UNKNOWN

    condition, told = validation.body.get("condition"), validation.body.get("error_message")
    if condition and evaluate(condition.value, lookup, {}) is False:
        message = evaluate(told.value, lookup, {}) if told else ""
        told_so = message.replace(HOLE, "...").strip() if isinstance(message, str) else ""
        reason = told_so or f"the condition in line {condition.line} of its validation is not met"
        fix = "Write a value that the variable takes, or correct the condition of its `validation`."
        yield at(argument, f"var.{argument.name} does not take this value: {reason}", fix)
