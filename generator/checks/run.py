"""Runs rules over a tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from generator.checks.rule import Rule, instead
from generator.checks.source import Sources
from generator.errors import BugError
from generator.finding import NO_FILE, CheckResult, Finding, Verdict
from generator.tree import Tree

READABLE: Final = "readable"
"""The one rule that looks at files which could not be read."""
_BROKE: Final = "it could not judge: "


def run(tree: Tree | Sources, rules: Mapping[str, Rule], *, edited: bool = False) -> Verdict:
    """Judges the tree, or what was read of it already, by the rules; raises BugError where a rule itself fails.

    In a tree that people have `edited` anything may stand: there, a rule that fails at a file goes on with the others,
    and its result says so.
    """
    sources = tree if isinstance(tree, Sources) else Sources(tree)
    runs = [_Run(sources, rule_id, rule, edited) for rule_id, rule in rules.items()]
    return Verdict(tuple(one.result() for one in runs), tuple(sorted(f for one in runs for f in one.findings)))


def is_broken(check: CheckResult) -> bool:
    """Whether a built-in rule failed at a file, and did not judge it."""
    return check.kind == "built-in" and check.reason.startswith(_BROKE)


class _Run:
    """What one rule says about a tree."""

    def __init__(self, sources: Sources, rule_id: str, rule: Rule, edited: bool) -> None:
        self.sources, self.id, self.rule, self.edited = sources, rule_id, rule, edited
        self.files = 0
        self.findings: list[Finding] = []
        self.broke = ""
        for path in self._paths():
            try:
                self.findings += self._judged(path)
                self.files += 1
            except Exception as error:
                self._failed(f" at {path}", error)

    def _paths(self) -> Iterator[str]:
        try:
            for path in self.rule.files(self.sources):
                if path not in self.sources.quiet and (self.id == READABLE or path not in self.sources.unread):
                    yield path
        except Exception as error:
            self._failed("", error)

    def _judged(self, path: str) -> list[Finding]:
        flaws = dict.fromkeys(self.rule.check(self.sources, path))  # what is said twice is one mistake
        return [
            Finding(path, f.line, f.column, self.id, f.message, f.severity, f.fix or instead(f.message)) for f in flaws
        ]

    def _failed(self, where: str, error: Exception) -> None:
        told = f"check {self.id} failed{where}: {type(error).__name__}: {error}"
        if not self.edited:
            raise BugError(told) from error
        self.broke = self.broke or f"{_BROKE}{told}"

    def result(self) -> CheckResult:
        """A rule that looked at nothing is skipped: it has not passed."""
        if self.findings:
            return CheckResult(self.id, "built-in", "failed", self.files, self.broke)
        if self.broke or not self.files:
            return CheckResult(self.id, "built-in", "skipped", self.files, self.broke or NO_FILE)
        return CheckResult(self.id, "built-in", "passed", self.files)
