"""Terraform functions exist

Terraform refuses a call of a function that it does not have. The list is that of the language, with what OpenTofu has
beside it; functions of providers (`provider::name::function`) are held to what is recorded of the provider, if it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats.hcl_expressions import Call
from generator.checks.models.terraform import file_calls, judged
from generator.checks.models.terraform_editions import strange, weighed
from generator.checks.models.terraform_schema import functions, provider_functions
from generator.checks.models.terraform_spots import judges_of
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM


# What OpenTofu has and Terraform has not.
_TOFU: Final = frozenset({"base64gunzip", "cidrcontains", "urldecode"})

files = judged


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for call in file_calls(sources, path):
        name = call.name.removeprefix("core::")
        if name.startswith("provider::"):
            yield from _of_provider(sources, path, call)
        elif "::" not in name and name not in functions() | _TOFU:
            message = f"there is no function {name}"
            yield at(call, message, "Call a function that Terraform has.", did_you_mean(name, functions()))


def _of_provider(sources: Sources, path: str, call: Call) -> Iterator[Flaw]:
    _, owner, name = (*call.name.split("::"), "", "")[:3]
    judges = judges_of(sources, path, owner)
    known = provider_functions(judges.first) if judges.editions else frozenset()
    if known and name not in known:
        flaw = at(call, f"{judges.first.name} has no function {name}", one_of(known), did_you_mean(name, known))
        yield weighed(flaw, judges, (), strange=strange(name, known))
