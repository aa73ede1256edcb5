"""zizmor: security of GitHub workflows, offline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Tool, Work, report
from generator.checks.models import github
from generator.checks.rule import Format
from generator.finding import Finding

CONFIG: Final = ".github/zizmor.yml"
HABITS: Final = ("excessive-permissions", "unpinned-uses")
"""What it thinks most severe and others leave so on purpose."""
_SEVERITY: Final = {"Medium": "warning", "Low": "warning", "Informational": "note"}


def _run(work: Work) -> Iterator[Finding]:
    # Given files instead of a folder, zizmor does not look for the repository's configuration.
    config = ("--config", CONFIG) if (work.root / CONFIG).is_file() else ()
    output = work.run("--offline", "--no-progress", "--no-exit-codes", "--format", "json-v1", *config, *work.files)
    for item in report(output.out, list):
        if not item.get("ignored"):
            yield _finding(work, item)


def _finding(work: Work, item: dict[str, Any]) -> Finding:
    place = next((one for one in item["locations"] if one["symbolic"].get("kind") == "Primary"), item["locations"][0])
    path = place["symbolic"]["key"].get("Local", {}).get("verbatim_path", "")
    if not path:
        path = place["symbolic"]["key"].get("Local", {}).get("given_path", "")
    start = place["concrete"]["location"]["start_point"]  # which counts from 0
    line, column = start["row"] + 1, start.get("column", -1) + 1
    severity = _SEVERITY.get(item["determinations"]["severity"], "error")
    severity = "warning" if severity == "error" and item["ident"] in HABITS else severity
    return work.finding(path, line, item["desc"], column=column, rule=item["ident"], severity=severity)


TOOL: Final = Tool(
    Program("zizmor", "pip install zizmor"),
    Format.GITHUB,
    "security of GitHub workflows",
    github.paths,
    _run,
    pages="https://docs.zizmor.sh/audits/#{rule}",
)
