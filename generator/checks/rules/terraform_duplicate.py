"""Terraform declarations of a folder have different names

Terraform reads all files of a folder as one and refuses a second variable, local, output, module, resource or
provider of the same name. Two people who add the same thing to different files merge without a conflict. Remove one of
the two; what is meant to change another declaration belongs into `override.tf` or a file that ends in `_override.tf`.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block
from generator.checks.models.terraform import configurations, modules, overrides, partial
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, folder, name, shared
from generator.finding import Severity

FORMAT = Format.TERRAFORM

files = configurations

_LABELLED = {"variable": 1, "output": 1, "module": 1, "resource": 2, "data": 2, "ephemeral": 2, "check": 1}


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    first = _first(sources, folder(path))
    severity = Severity.WARNING if partial(path) else Severity.ERROR
    for what, line, column in _declared(sources, path):
        where = first.get((what, _language(path)), (path, line))
        if where != (path, line):
            place = f"line {where[1]}" if where[0] == path else f"{name(where[0])}:{where[1]}"
            yield Flaw(line, f"{what} is declared in {place} already", "Remove one of the two.", column, severity)


@shared
def _first(sources: Sources, place: str) -> dict[tuple[str, str], tuple[str, int]]:
    """Where each name is declared first, by what it is and by the program that reads the file."""
    found: dict[tuple[str, str], tuple[str, int]] = {}
    for path in modules(sources)[place].files:
        for what, line, _ in _declared(sources, path):
            found.setdefault((what, _language(path)), (path, line))
    return found


def _language(path: str) -> str:
    """OpenTofu reads `a.tofu` in place of `a.tf`."""
    return path.rpartition(".")[2]


def _declared(sources: Sources, path: str) -> Iterator[tuple[str, int, int]]:
    """What a file declares, with its place; nothing for one that overrides others."""
    for block in hcl.parse(sources, path).body.blocks if not overrides(path) else ():
        if block.type == "locals":
            yield from ((f"local {one.name}", one.line, one.column) for one in block.body.arguments)
        elif block.type == "provider" and len(block.labels) == 1:
            yield _provider(block), block.line, block.column
        elif _LABELLED.get(block.type) == len(block.labels):
            yield f"{block.type} {'.'.join(block.labels)}", block.line, block.column
        for inner in block.body.of("backend", "required_providers") if block.type == "terraform" else ():
            yield inner.type, inner.line, inner.column


def _provider(block: Block) -> str:
    alias = block.body.get("alias")
    return f"provider {block.name}" + (f" with alias {alias.literal}" if alias else "")
