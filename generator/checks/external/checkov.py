"""checkov: hardening of Terraform, Dockerfiles and workflows, offline.

It tells no severities; each of its findings is a risk that may be meant.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Tool, Unreadable, Work
from generator.checks.formats import dockerfile
from generator.checks.models import github
from generator.checks.rule import Format
from generator.checks.source import Sources, name
from generator.finding import Finding


def _files(sources: Sources) -> Iterator[str]:
    yield from sources.ending(".tf")
    yield from dockerfile.paths(sources)
    yield from github.workflow_paths(sources)


def _run(work: Work) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory() as temporary:
        output = work.run(
            "-d", work.folder, "--quiet", "--compact", "--skip-download", "-o", "json",
            "--framework", "terraform", "dockerfile", "github_actions",
            cwd=work.copy(Path(temporary) / "tree", lambda path: not _runs_code(work, path)),
        )  # fmt: skip
    parsed = json.loads(output.out)
    reports = parsed if isinstance(parsed, list) else [parsed]
    if not reports:
        raise Unreadable
    for report in reports:
        if "results" not in report and report["failed"] == 0:
            continue  # where there was nothing to judge, there are only numbers
        for item in report["results"]["failed_checks"]:
            yield _finding(work, item)


def _runs_code(work: Work, path: str) -> bool:
    """Whether a file of settings names checks in Python, which would be run, or places to write to."""
    is_settings = name(path) in {".checkov.yaml", ".checkov.yml"}
    return is_settings and re.search(rb"external|output|create", work.sources.tree[path].content) is not None


def _finding(work: Work, item: dict[str, Any]) -> Finding:
    line = (item.get("file_line_range") or [0])[0]
    path = str(item.get("repo_file_path") or item["file_path"]).lstrip("/")
    return work.finding(path, max(line, 0), item["check_name"], rule=item["check_id"], severity="warning")


TOOL: Final = Tool(
    Program("checkov", "pip install checkov"),
    Format.TERRAFORM,
    "hardening of Terraform, Dockerfiles and workflows",
    _files,
    _run,
    slow=True,
    pages="https://www.checkov.io/5.Policy%20Index/all.html",
)
