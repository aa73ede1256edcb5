"""Runs rules over a tree."""

from __future__ import annotations

from collections.abc import Mapping

from generator.checks.rule import Rule
from generator.checks.source import Sources
from generator.errors import BugError
from generator.finding import NO_FILE, CheckResult, Finding, Verdict
from generator.tree import Tree


def run(tree: Tree | Sources, rules: Mapping[str, Rule], *, edited: bool = False) -> Verdict:
    """Judges the tree, or what was read of it already, by the rules; raises BugError where a rule itself fails.

    In a tree that people have `edited` anything may stand: there, a rule that fails is skipped, and says so.
    """
    sources = tree if isinstance(tree, Sources) else Sources(tree)
    findings: list[Finding] = []
    results: list[CheckResult] = []
    for rule_id, rule in rules.items():
        try:
            files, found = _one(sources, rule_id, rule)
        except BugError as error:
            if not edited:
                raise
            results.append(CheckResult(rule_id, "built-in", "skipped", reason=f"it could not judge: {error.message}"))
            continue
        findings += found
        results.append(_result(rule_id, files, failed=bool(found)))
    return Verdict(tuple(results), tuple(sorted(findings)))


def _result(rule_id: str, files: int, *, failed: bool) -> CheckResult:
    """A rule that looked at nothing is skipped: it has not passed."""
    if files:
        return CheckResult(rule_id, "built-in", "failed" if failed else "passed", files)
    return CheckResult(rule_id, "built-in", "skipped", reason=NO_FILE)


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
