"""cfn-lint: CloudFormation and SAM templates against the specification that it brings."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Tool, Work, report
from generator.checks.formats import json, yaml
from generator.checks.rule import Format
from generator.checks.source import Sources, name, text
from generator.finding import Finding

_SEVERITY: Final = {"Warning": "warning", "Informational": "note"}


def paths(sources: Sources) -> Iterator[str]:
    """The templates."""
    for path in sources.ending(".yml", ".yaml", ".json", ".template"):
        if "AWS" in text(sources, path) and _is_template(sources, path):
            yield path


def _is_template(sources: Sources, path: str) -> bool:
    root = json.parse(sources, path).value if path.endswith(".json") else yaml.root(sources, path).value
    if not isinstance(root, dict) or not isinstance(root.get("Resources"), dict):
        return False
    types = [str(one.get("Type", "")) for one in root["Resources"].values() if isinstance(one, dict)]
    return "AWSTemplateFormatVersion" in root or any(one.startswith("AWS::") for one in types)


def _run(work: Work) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory() as temporary:
        # Its own settings may name rules in Python, which it would run.
        copy = work.copy(Path(temporary) / "tree", lambda path: not name(path).startswith(".cfnlintrc"))
        output = work.run("--format", "json", "--", *work.files, cwd=copy)
    for item in report(output.out, list):
        yield _finding(work, item)


def _finding(work: Work, item: dict[str, Any]) -> Finding:
    start, rule = item["Location"]["Start"], item["Rule"]["Id"]
    line, column = start["LineNumber"], start.get("ColumnNumber", 0)
    severity = _SEVERITY.get(item["Level"], "error")
    return work.finding(item["Filename"], line, item["Message"], column=column, rule=rule, severity=severity)


TOOL: Final = Tool(
    Program("cfn-lint", "pip install cfn-lint"),
    Format.CLOUDFORMATION,
    "CloudFormation and SAM templates",
    paths,
    _run,
    pages="https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md",
)
