"""HCL files can be parsed

Terraform refuses the whole folder when one of its files cannot be parsed. The position is the
first place where the text stops being HCL; what is missing often stands just before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM

files = hcl.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    parsed = hcl.parse(sources, path)
    if parsed.error:
        yield at(parsed, parsed.error)
