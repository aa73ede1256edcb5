"""Validations of Terraform variables look at their own variable

Terraform refuses a `validation` block whose condition does not refer to the variable that it belongs to: copied from
another variable, it would let every value pass. Name the variable itself in the condition.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl_expressions import references
from generator.checks.models.terraform import configurations
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM

files = configurations


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for variable in hcl.parse(sources, path).body.of("variable"):
        for validation in variable.body.of("validation"):
            condition = validation.body.get("condition")
            named = {one.names[:2] for one in references(condition.value)} if condition else set()
            if condition and ("var", variable.name) not in named:
                message = f"the condition does not look at var.{variable.name}, whose validation it is"
                yield at(condition, message, f"Test var.{variable.name} in the condition.")
