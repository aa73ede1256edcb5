"""Terraform's each and count stand where there are several of something

`each.key` and `each.value` mean something only in a block that has `for_each`, and `count.index` only in one that has
`count`. Terraform refuses them anywhere else: in blocks without these, in locals, in outputs. Add `for_each` or `count`
to the block, or take another value.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.hcl import Block, Body
from generator.checks.models.terraform import Module, block_references, configurations, modules
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder

FORMAT = Format.TERRAFORM

files = configurations

_MEANS = {"each": "for_each", "count": "count"}


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = modules(sources)[folder(path)]
    for block, references in block_references(sources, path):
        bodies = [block.body, *_merged(module, block)]
        seen: set[str] = set()
        for reference in references:
            root = reference.names[0]
            means = _MEANS.get(root)
            if means is None or root in seen or any(body.get(means) for body in bodies):
                continue
            seen.add(root)
            what = " ".join((block.type, *block.labels))
            fix = f"Add `{means}` to {what}." if len(block.labels) else f"Move it into a block that has `{means}`."
            yield at(reference, f"{reference} means nothing here: {what} has no {means}", fix)


def _merged(module: Module, block: Block) -> Iterator[Body]:
    """What other files add to an object or a call."""
    key = (block.type, *block.labels)
    declared = module.objects.get(key) if len(key) == 3 else None
    if block.type == "module" and len(block.labels) == 1:
        declared = module.modules.get(block.name)
    if declared:
        yield declared.body
