"""`bash -n`: the syntax of shell scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Tool, Work
from generator.checks.formats import shell
from generator.checks.rule import Format
from generator.finding import Finding


def _run(work: Work) -> Iterator[Finding]:
    for path in work.files:
        output = work.run("-n", path, env={"LC_ALL": "C"})
        if output.code != 0 and output.text:
            match = re.search(r"line (\d+): (.*)", output.err)
            yield work.finding(path, int(match[1]) if match else 0, match[2] if match else output.text)


TOOL: Final = Tool(
    Program("bash", "the package bash of the system"),
    Format.SHELL,
    "the syntax of shell scripts",
    shell.paths,
    _run,
)
