"""Runs the checks on a generation and says what they found, as lines of the report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from generator.errors import BugError
from generator.finding import Finding
from generator.report import CheckLine, FindingLine
from generator.tree import Tree


@dataclass(frozen=True)
class Verdict:
    """What the checks said; empty where none ran."""

    checks: tuple[CheckLine, ...] = ()
    findings: tuple[FindingLine, ...] = ()


def judge(tree: Tree) -> Verdict:
    """Runs the built-in rules on our own rendering; raises BugError at the first sign of a bug of ours."""
    from generator import checks  # noqa: PLC0415 -- parsers and schemas, not needed with --no-check

    report = checks.check(tree)
    if report.findings:
        raise BugError(
            "our own output did not pass our checks; nothing was written",
            hint="This is a bug of agency-scaffold: please report it with your answers.",
            findings=tuple(report.findings),
        )
    return Verdict(tuple(CheckLine(name=r.rule, kind="built-in", status=r.status, files=r.files) for r in report.rules))


def external(root: Path, before: Verdict, paths: Iterable[str]) -> Verdict:
    """Adds what the external tools that are installed say about our files (`paths`) in the written folder."""
    from generator.checks.external import run_external  # noqa: PLC0415

    results = run_external(root, Tree.read(root, paths))
    lines = tuple(
        CheckLine(name=r.name, kind="external", status=r.status, files=r.files, reason=r.reason) for r in results
    )
    return Verdict(
        before.checks + lines, before.findings + tuple(finding_lines(f for r in results for f in r.findings))
    )


def finding_lines(findings: Iterable[Finding]) -> Iterable[FindingLine]:
    for f in findings:
        yield FindingLine(
            path=f.path,
            line=f.line,
            column=f.column,
            rule=f.rule,
            severity=f.severity.value,
            message=f.message,
            fix=f.fix,
        )
