"""`terraform test` of every root that has tests, where its providers are at hand: nothing is ever downloaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from generator.checks.external.terraform_validate import in_copy
from generator.checks.external.tool import Tool, Unreadable, Work
from generator.checks.source import Sources
from generator.finding import Finding


def _files(sources: Sources) -> Iterator[str]:
    return sources.ending(".tftest.hcl")


def _test(work: Work, place: Path, root: str) -> Iterator[Finding]:
    tests = [path.removeprefix(f"{root}/") for path in work.files if path.startswith(f"{root}/tests/")]
    if not tests:
        return
    output = work.run("test", "-json", *(f"-filter={path}" for path in tests), cwd=place)
    items = [json.loads(line) for line in output.out.splitlines() if line.startswith("{")]
    for item in items:
        if item.get("type") == "diagnostic" and item["diagnostic"]["severity"] == "error":
            yield _finding(work, root, item["diagnostic"])
    if output.code == 0 and not any(item.get("type") == "test_summary" for item in items):
        raise Unreadable


def _finding(work: Work, root: str, item: dict[str, Any]) -> Finding:
    where = item.get("range") or {"filename": "", "start": {"line": 0}}
    message = f"{item['summary']}: {item.get('detail', '')}".strip(": ").replace("\n", " ")
    return work.finding(f"{root}/{where['filename']}", where["start"]["line"], message)


def _run(work: Work) -> Iterator[Finding]:
    return in_copy(work, _test)


TOOL: Final = Tool("terraform", "https://developer.hashicorp.com/terraform/install", _files, _run, slow=True)
