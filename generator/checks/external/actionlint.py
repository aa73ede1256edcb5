"""actionlint: expressions, contexts, inputs and shell of GitHub workflows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Tool, Work, report
from generator.checks.models import github
from generator.checks.rule import Format
from generator.finding import Finding

_OF_SHELLCHECK: Final = re.compile(r"^shellcheck reported issue in this script: SC\d+:(\w+):")


def _run(work: Work) -> Iterator[Finding]:
    output = work.run("-no-color", "-format", "{{json .}}", *work.files)
    for item in report(output.out, list):
        # What it passes on of others has their severity in its text.
        theirs = _OF_SHELLCHECK.search(item["message"])
        severity = theirs[1] if theirs else "error"
        path, line, column = item["filepath"], item["line"], item.get("column", 0)
        yield work.finding(path, line, item["message"], column=column, rule=item["kind"], severity=severity)


TOOL: Final = Tool(
    Program("actionlint", "go install github.com/rhysd/actionlint/cmd/actionlint@latest", ("-version",)),
    Format.GITHUB,
    "expressions, contexts, inputs and shell of GitHub workflows",
    github.workflow_paths,
    _run,
    pages="https://github.com/rhysd/actionlint/blob/main/docs/checks.md",
)
