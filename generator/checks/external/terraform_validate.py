"""`terraform validate` of every root, where its providers are at hand: nothing is ever downloaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from generator.checks.external.terraform import TERRAFORM, TOFU, files, in_copy, of_diagnostic, of_tofu
from generator.checks.external.tool import Tool, Work
from generator.checks.rule import Format
from generator.finding import Finding


def _validate(work: Work, place: Path, root: str) -> Iterator[Finding]:
    output = work.run("validate", "-json", cwd=place)
    for item in json.loads(output.out)["diagnostics"]:
        yield of_diagnostic(work, root, item)


def _run(work: Work) -> Iterator[Finding]:
    return in_copy(work, _validate)


TOOL: Final = Tool(
    TERRAFORM,
    Format.TERRAFORM,
    "each root against the schemas of its providers",
    files,
    _run,
    slow=True,
    instead=TOFU,
    written_for_other=of_tofu,
)
