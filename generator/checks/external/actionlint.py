"""actionlint: expressions, contexts, inputs and shell of GitHub workflows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from generator.checks.external.tool import Tool, Work
from generator.checks.models import github
from generator.finding import Finding


def _run(work: Work) -> Iterator[Finding]:
    output = work.run("-no-color", "-format", "{{json .}}", *work.files)
    for item in json.loads(output.out):
        yield work.finding(item["filepath"], item["line"], item["message"], rule=item["kind"])


TOOL: Final = Tool(
    "actionlint", "go install github.com/rhysd/actionlint/cmd/actionlint@latest", github.workflow_paths, _run
)
