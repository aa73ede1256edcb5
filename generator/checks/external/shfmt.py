"""shfmt: the format of shell scripts (`-i 2 -ci`), and their syntax."""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote
from typing import Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Tool, Work
from generator.checks.formats import shell
from generator.checks.rule import Format
from generator.finding import Finding


def _run(work: Work) -> Iterator[Finding]:
    output = work.run("-i", "2", "-ci", "-l", *work.files)
    for path in output.out.splitlines():
        command = "shfmt -i 2 -ci -w"
        fix = f"Run {command} {quote(path)}."
        yield work.finding(path, 0, f"is not formatted: {command}", severity="warning", fix=fix)
    for match in re.finditer(r"^(.+?):(\d+):(\d+): (.*)$", output.err, re.MULTILINE):
        yield work.finding(match[1], int(match[2]), match[4], column=int(match[3]))


TOOL: Final = Tool(
    Program("shfmt", "pip install shfmt-py"),
    Format.SHELL,
    "format and syntax of shell scripts",
    shell.paths,
    _run,
)
