"""checkov: hardening of Terraform, Dockerfiles and workflows, offline."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from generator.checks.external.tool import Tool, Work, crashed
from generator.checks.formats import dockerfile
from generator.checks.models import github
from generator.checks.source import Sources
from generator.finding import Finding


def _files(sources: Sources) -> Iterator[str]:
    yield from sources.ending(".tf")
    yield from dockerfile.paths(sources)
    yield from github.workflow_paths(sources)


def _run(work: Work) -> Iterator[Finding]:
    output = work.run(
        "-d", ".", "--quiet", "--compact", "--skip-download", "-o", "json",
        "--framework", "terraform", "dockerfile", "github_actions",
    )  # fmt: skip
    try:
        parsed = json.loads(output.out)
    except json.JSONDecodeError:
        yield crashed(work, output)
        return
    for report in parsed if isinstance(parsed, list) else [parsed]:
        for item in report.get("results", {}).get("failed_checks", []):
            yield _finding(work, item)


def _finding(work: Work, item: dict[str, Any]) -> Finding:
    line = (item.get("file_line_range") or [0])[0]
    path = str(item.get("repo_file_path") or item["file_path"]).lstrip("/")
    return work.finding(path, max(line, 0), item["check_name"], rule=item["check_id"])


TOOL: Final = Tool("checkov", "pip install checkov", _files, _run, slow=True)
