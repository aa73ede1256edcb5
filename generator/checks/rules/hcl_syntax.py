"""HCL files can be parsed

Terraform refuses the whole folder when one of its files cannot be parsed. Close the block, quote or bracket that the
message names, or put the `=` where it says; where it names nothing, what is missing often stands just before. Files
that other programs may read by the first version of HCL (a `.hcl` of no known name) get a warning; templates of other
tools, with `{{ }}` outside of a text, are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.unmerged import markers
from generator.checks.models.syntax_fixes import fix_of
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources
from generator.finding import Severity

FORMAT = Format.TERRAFORM

files = hcl.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    parsed = hcl.examined(sources, path)
    if parsed.error and not markers(sources, path):
        severity = Severity.ERROR if hcl.strict(path) else Severity.WARNING
        yield at(parsed, parsed.error, fix_of(parsed.error), severity=severity)
