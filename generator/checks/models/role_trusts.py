"""Which role of the tree an expression of Terraform names, and who may take that role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument
from generator.checks.models import iam
from generator.checks.models.iam import Statement
from generator.checks.models.terraform import Module, called, modules
from generator.checks.models.terraform_settings import Resource
from generator.checks.source import Sources, folder

_ROLE: Final = re.compile(r"\baws_iam_role\.(\w+)")
_OUTPUT: Final = re.compile(r"\bmodule\.(\w+)(?:\[[^\]]*\])?\.(\w+)")
_TRUST: Final = re.compile(r"\b(?:local|data\.aws_iam_policy_document)\.(\w+)")


def named(sources: Sources, user: Resource, given: Argument) -> Iterator[tuple[str, str]]:
    """(folder, name) of the one role that an expression names, here or by an output of a module of the tree."""
    text = hcl.word(given.value)
    module = modules(sources).get(folder(user.path))
    names = set(_ROLE.findall(text))
    outputs = set(_OUTPUT.findall(text))
    if len(names) == 1 and not outputs:
        yield folder(user.path), names.pop()
    elif len(outputs) == 1 and not names and module:
        call, output = outputs.pop()
        inner = called(sources, module, call)
        told = inner.outputs.get(output) if inner else None
        value = told.body.get("value") if told else None
        those = set(_ROLE.findall(hcl.word(value.value))) if value else set()
        if inner and len(those) == 1:
            yield inner.folder, those.pop()


def trust(sources: Sources, place: str, role: str) -> list[Statement]:
    """The statements of a role's trust; none where a part of it stands elsewhere."""
    module = modules(sources).get(place)
    made = module.objects.get(("resource", "aws_iam_role", role)) if module else None
    given = made.body.get("assume_role_policy") if made else None
    if module is None or made is None or given is None:
        return []
    named = _TRUST.findall(hcl.word(given.value))
    files = [made.path] if not named else module.files
    found = [one for path in files for one in iam.of_file(sources, path) if _is_of(one, role, named, module)]
    return [one for one in found if one.allows and any("assume" in word.text.lower() for word in one.actions)]


def _is_of(one: Statement, role: str, named: list[str], module: Module) -> bool:
    if one.owner.kind == "resource":
        return (one.owner.type, one.owner.name) == ("aws_iam_role", role)
    # A local may hold the statements of several roles by their names, of which the expression takes one.
    return len(named) == 1 and one.owner.name == named[0] and _of_one(module, one)


def _of_one(module: Module, one: Statement) -> bool:
    if one.owner.kind == "data":
        return True
    local = module.locals.get(one.owner.name)
    return local is not None and hcl.word(local.body.arguments[0].value).count("Principal") == 1
