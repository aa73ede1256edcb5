"""Outputs that scripts read from Terraform exist

`terraform output -raw x` fails, after an apply that succeeded, when no root has an output `x`. Nothing is said where a
file of Terraform is written as JSON: what it declares is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.models.terraform import modules
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean
from generator.checks.source import Sources, lines

FORMAT = Format.TERRAFORM

# After `-json` a name may be left out, so there it must end the command.
_OUTPUT: Final = re.compile(
    r"terraform_? (?:-chdir=\S+ )?output (?:-\S+ )*(?:-raw ([a-z_]\w*)|-json ([a-z_]\w*)(?=[\")]|\s*(?:\||>|$)))"
)
# Of all outputs as JSON, one.
_PICKED: Final = re.compile(r"terraform\w*\b[^|]*\boutput\b[^|]*\|\s*jq\s[^'\"]*['\"]\.([a-z_]\w*)\.value\b")


def files(sources: Sources) -> Iterator[str]:
    if modules(sources):
        yield from (p for p in sources.ending(".sh", ".yml", ".yaml", ".mk", ".md") if not p.startswith("monitoring/"))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if any(module.broken for module in modules(sources).values()):
        return
    known = {name for module in modules(sources).values() for name in module.outputs}
    for number, line in enumerate(lines(sources, path), 1):
        found = [*_OUTPUT.finditer(line), *_PICKED.finditer(line)] if "terraform" in line else []
        for name in (next(filter(None, match.groups())) for match in found):
            if name not in known:
                fix = f"Add an output {name}, or name one that is there."
                yield at(Point(number, 0), f"no Terraform root has an output {name}", fix, did_you_mean(name, known))
