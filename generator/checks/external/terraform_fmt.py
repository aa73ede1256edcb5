"""`terraform fmt -check`: format and syntax of Terraform files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote
from typing import Final

from generator.checks.external.terraform import TERRAFORM, TOFU, of_tofu
from generator.checks.external.tool import Tool, Work
from generator.checks.rule import Format
from generator.checks.source import Sources, name
from generator.finding import Finding


def _files(sources: Sources) -> Iterator[str]:
    return sources.ending(".tf", ".tfvars", ".tftest.hcl", ".tofu", ".tofutest.hcl")


def _run(work: Work) -> Iterator[Finding]:
    output = work.run("fmt", "-check", "-list=true", "-no-color", *work.files)
    for path in output.out.splitlines():
        command = f"{name(work.binary)} fmt"
        fix = f"Run {command} {quote(path)}."
        yield work.finding(path, 0, f"is not formatted: {command}", severity="warning", fix=fix)
    for match in re.finditer(r"Error: (.+)\n(?:.*\n)*?  on (.+) line (\d+)", output.err):
        yield work.finding(match[2], int(match[3]), match[1])


TOOL: Final = Tool(
    TERRAFORM,
    Format.TERRAFORM,
    "format and syntax of Terraform files",
    _files,
    _run,
    instead=TOFU,
    written_for_other=of_tofu,
)
