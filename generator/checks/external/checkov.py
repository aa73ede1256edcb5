"""checkov: hardening of Terraform, Dockerfiles and workflows, offline.

It tells no severities; each of its findings is a risk that may be meant.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from generator.checks.external import settings
from generator.checks.external.programs import Program
from generator.checks.external.tool import Tool, Unreadable, Work
from generator.checks.formats import dockerfile
from generator.checks.models import github
from generator.checks.rule import Format
from generator.checks.source import Sources, name
from generator.finding import Finding

_SETTINGS: Final = frozenset([".checkov.yaml", ".checkov.yml"])
_CHOOSE: Final = (
    "check", "skip-check", "hard-fail-on", "soft-fail-on", "soft-fail", "skip-path", "evaluate-variables",
    "framework", "skip-framework", "skip-resources-without-violations", "quiet", "compact",
)  # fmt: skip
"""The settings that name no file and no program; the others may have Python run, or a file written."""


def _files(sources: Sources) -> Iterator[str]:
    yield from sources.ending(".tf")
    yield from dockerfile.paths(sources)
    yield from github.workflow_paths(sources)


def _run(work: Work) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory() as temporary:
        copy = work.copy(Path(temporary) / "tree", lambda path: name(path) not in _SETTINGS)
        for path in work.sources.tree:
            if name(path) in _SETTINGS and (own := settings.chosen(work, path, _CHOOSE)):
                settings.write(copy / path, own)
        output = work.run(
            "-d", work.folder, "--quiet", "--compact", "--skip-download", "-o", "json",
            "--framework", "terraform", "dockerfile", "github_actions",
            cwd=copy,
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
