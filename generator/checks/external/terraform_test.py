"""`terraform test` of every root that has tests, where its providers are at hand: nothing is ever downloaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from generator.checks.external.terraform_validate import in_copy
from generator.checks.external.tool import Tool, Work
from generator.checks.source import Sources
from generator.finding import Finding


def _files(sources: Sources) -> Iterator[str]:
    return sources.ending(".tftest.hcl")


def _test(work: Work, place: Path, root: str) -> Iterator[Finding]:
    if not any(path.startswith(f"{root}/tests/") for path in work.files):
        return
    for line in work.run("test", "-json", cwd=place).out.splitlines():
        item = json.loads(line) if line.startswith("{") else {}
        if item.get("type") == "diagnostic" and item["diagnostic"]["severity"] == "error":
            yield _finding(work, root, item["diagnostic"])


def _finding(work: Work, root: str, item: dict[str, Any]) -> Finding:
    where = item.get("range") or {"filename": "", "start": {"line": 0}}
    message = f"{item['summary']}: {item.get('detail', '')}".strip(": ").replace("\n", " ")
    return work.finding(f"{root}/{where['filename']}", where["start"]["line"], message)


def _run(work: Work) -> Iterator[Finding]:
    return in_copy(work, _test)


TOOL: Final = Tool("terraform", "https://developer.hashicorp.com/terraform/install", _files, _run, slow=True)
