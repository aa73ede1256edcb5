"""Runs rules over a tree."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from generator.checks.rule import Rule, title
from generator.checks.source import Sources
from generator.errors import BugError
from generator.finding import Finding
from generator.tree import Tree


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule looked at and found."""

    rule: str
    title: str
    files: int
    findings: int

    @property
    def status(self) -> Literal["passed", "failed", "skipped"]:
        """A rule that looked at nothing is skipped: it has not passed."""
        if self.findings:
            return "failed"
        return "passed" if self.files else "skipped"

    @property
    def reason(self) -> str:
        """Why it was skipped."""
        return "" if self.files or self.findings else "no file to check"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All findings, in the order of their places, and what every rule did."""

    findings: tuple[Finding, ...]
    rules: tuple[RuleResult, ...]


def run(tree: Tree, rules: Mapping[str, Rule], only: Collection[str] = ()) -> CheckReport:
    """Judges the tree by the rules, or by those of `only`; raises BugError where a rule itself fails."""
    sources = Sources(tree)
    findings: list[Finding] = []
    results = []
    for rule_id, rule in rules.items():
        if only and rule_id not in only:
            continue
        files, found = _one(sources, rule_id, rule)
        findings += found
        results.append(RuleResult(rule_id, title(rule), files, len(found)))
    return CheckReport(tuple(sorted(findings)), tuple(results))


def _one(sources: Sources, rule_id: str, rule: Rule) -> tuple[int, list[Finding]]:
    path = ""
    count = 0
    found = []
    try:
        for path in rule.files(sources):
            count += 1
            for flaw in rule.check(sources, path):
                found.append(Finding(path, flaw.line, flaw.column, rule_id, flaw.message, flaw.severity, flaw.fix))
    except Exception as error:
        where = f" at {path}" if path else ""
        raise BugError(f"check {rule_id} failed{where}: {type(error).__name__}: {error}") from error
    return count, found
