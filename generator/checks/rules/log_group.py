"""What writes logs writes them into a group that is there

A collector that may not make groups, and writes into one that nobody made, writes nothing: there is not one line of
the night. Compared are `logGroupName` of charts that Terraform installs with `autoCreateGroup = false`, and the groups
that the Terraform of the tree makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Body
from generator.checks.formats.hcl_values import HOLE, text_of
from generator.checks.models.terraform_settings import certain, of
from generator.checks.rule import Flaw, Format, one_of
from generator.checks.source import Sources, shared, text

FORMAT = Format.TERRAFORM

_NAME: Final = "logGroupName"


def files(sources: Sources) -> Iterator[str]:
    if _groups(sources):
        yield from (path for path in sources.ending(".tf") if _NAME in text(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    groups = _groups(sources)
    for node in _fixed(hcl.parse(sources, path).body):
        wanted = text_of(certain(sources, path, node))
        if wanted.strip(HOLE) and HOLE not in groups and wanted not in groups:
            line, column = hcl.place(node)
            message = (
                f"Terraform makes no log group {_shown(wanted)}, only {', '.join(map(_shown, sorted(groups)[:4]))}"
            )
            yield Flaw(line, message, one_of(map(_shown, groups)), column)


def _shown(name: str) -> str:
    return name.replace(HOLE, "...")


@shared
def _groups(sources: Sources) -> frozenset[str]:
    """The names of the groups that are made, with holes; one that is not known at all is a hole."""
    found = set()
    for one in of(sources, "aws_cloudwatch_log_group"):
        given = one.body.get("name")
        found.add(text_of(certain(sources, one.path, given.value)) if given else HOLE)
    return frozenset(found)


def _fixed(body: Body) -> Iterator[Any]:
    """The names in objects that say that no group is to be made."""
    for argument in body.arguments:
        yield from _in(argument.value) if _NAME in hcl.word(argument.value) else ()
    for block in body.blocks:
        yield from _fixed(block.body)


def _in(node: Any) -> Iterator[Any]:
    if node.type == "object":
        given = {key: value for key, _, value in hcl.entries(node)}
        if _NAME in given and "autoCreateGroup" in given and hcl.literal(given["autoCreateGroup"]) == "false":
            yield given[_NAME]
    for child in node.named_children:
        yield from _in(child)
