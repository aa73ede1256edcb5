"""Findings as workflow commands: GitHub shows them beside the lines of a pull request.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import Final

from generator.finding import Finding, Severity
from generator.report import ValidationReport
from generator.reporters import validation_text

_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def report(result: ValidationReport, prefix: str) -> str:
    """A command for each finding, then the sums; `prefix` is the judged folder, seen from the top of its repository."""
    lines = [_command(finding, prefix) for finding in result.findings]
    rest = validation_text.summary(result).split("\n")  # what a person reads in the log
    return "\n".join([*lines, *map(_shown, rest)])


def _shown(line: str) -> str:
    """A line that is no command, whatever it says: the runner looks behind spaces, and for the older form anywhere."""
    line = line.replace("##[", "## [")
    return f"| {line}" if line.lstrip().startswith("::") else line


def _command(finding: Finding, prefix: str) -> str:
    words = {
        "file": prefix + finding.path if finding.path else "",
        "line": finding.line,
        "col": finding.column if finding.line else 0,
    }
    properties = [f"{key}={_property(str(value))}" for key, value in words.items() if value]
    properties.append(f"title={_property(finding.rule)}")
    message = (finding.message + (f"\nfix: {finding.fix}" if finding.fix else "")).replace("##[", "## [")
    return f"::{_COMMANDS[finding.severity]} {','.join(properties)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
