"""Roles have their boundary, and no role can be made without it

Where the roles of a tree have a permissions boundary, one without it can do more than whoever made it: CI makes a role,
gives it every right, and uses it. A right to make roles, or to give them policies, is held by a condition on
`iam:PermissionsBoundary`. Trees whose roles have no boundaries are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.models import iam
from generator.checks.models.habits import habit
from generator.checks.models.iam import Statement
from generator.checks.models.terraform_settings import in_file, usual
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM

_ROLE: Final = "aws_iam_role"
_BOUNDARY: Final = "permissions_boundary"
_MAKES_ROLES: Final = {"iam:createrole", "iam:putrolepolicy", "iam:attachrolepolicy"}


def files(sources: Sources) -> Iterator[str]:
    if usual(sources, _ROLE, _BOUNDARY):
        yield from sources.ending(".tf")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    aside = any(part in ("tests", "test", "examples") for part in path.split("/"))
    for role in () if aside else in_file(sources, path, _ROLE):
        if role.body.get(_BOUNDARY) is None:
            message = f"{role.address} has no {_BOUNDARY}, which the other roles have: it can do more than they may"
            yield habit(at(role.block, message, f"Add {_BOUNDARY}."))
    for statement in iam.of_file(sources, path):
        if not iam.is_boundary(sources, statement):
            yield from _rights(statement)


def _rights(statement: Statement) -> Iterator[Flaw]:
    makes = [word for word in statement.actions if word.text.lower() in _MAKES_ROLES]
    if statement.allows and makes and statement.whole and not statement.tested("iam:permissionsboundary"):
        message = f"{makes[0].text} without a condition on iam:PermissionsBoundary makes roles that can do anything"
        fix = "Test iam:PermissionsBoundary for the ARN of the boundary."
        yield habit(at(statement, message, fix))
