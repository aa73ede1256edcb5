"""Runs rules over a tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from generator.checks.consequences import BROKEN, cause, names_absent, tells
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Rule
from generator.checks.source import Sources
from generator.errors import BugError
from generator.finding import NO_FILE, CheckResult, Finding, Severity, Verdict
from generator.tree import Tree

READABLE: Final = "readable"
"""The one rule that looks at files which could not be read."""
_BROKE: Final = "it could not judge: "


def run(
    tree: Tree | Sources,
    rules: Mapping[str, Rule],
    *,
    edited: bool = False,
    takes: Callable[[Sources, str, str], bool] = lambda *_: True,
) -> Verdict:
    """Judges the tree, or what was read of it already, by the rules; raises BugError where a rule itself fails.

    Of the files of a rule, those are judged that it `takes`: a function of the sources, the rule and the path.

    In a tree that people have `edited` anything may stand: there, a rule that fails at a file goes on with the others,
    and its result says so.
    """
    sources = tree if isinstance(tree, Sources) else Sources(tree)
    holds = tells(rules)
    runs = [
        _Run(sources, rule_id, rule, edited, takes, holds and rule_id not in BROKEN) for rule_id, rule in rules.items()
    ]
    findings = {finding: alike for one in runs for finding, alike in one.findings.items()}
    alike = {finding: word for finding, word in findings.items() if word}
    return Verdict(tuple(one.result() for one in runs), tuple(sorted(findings)), alike)


def is_broken(check: CheckResult) -> bool:
    """Whether a built-in rule failed at a file, and did not judge it."""
    return check.kind == "built-in" and check.reason.startswith(_BROKE)


class _Run:
    """What one rule says about a tree."""

    def __init__(
        self,
        sources: Sources,
        rule_id: str,
        rule: Rule,
        edited: bool,
        takes: Callable[[Sources, str, str], bool],
        holds: bool,
    ) -> None:
        self.sources, self.id, self.rule, self.edited, self.takes = sources, rule_id, rule, edited, takes
        self.holds = holds
        self.files = 0
        self.findings: dict[Finding, str] = {}
        """What was found, each with the word of what is alike."""
        self.broke = ""
        self.held: Counter[str] = Counter()
        for path in self._paths():
            try:
                self.findings.update(self._judged(path))
                self.files += 1
            except Exception as error:
                self._failed(f" at {path}", error)

    def _paths(self) -> Iterator[str]:
        try:
            for path in self.rule.files(self.sources):
                told = path not in self.sources.quiet and (self.id == READABLE or path not in self.sources.unread)
                if told and self.takes(self.sources, self.id, path):
                    yield path
        except Exception as error:
            self._failed("", error)

    def _judged(self, path: str) -> dict[Finding, str]:
        self.sources.opened = [set()]
        found = (one for one in self.rule.check(self.sources, path) if self._is_known(path, one))
        flaws = dict.fromkeys(found)  # what is said twice is one mistake
        lacking = self.sources.opened.pop()
        lacking = lacking if self.holds else set()
        causes = {flaw: cause(self.sources, lacking, self.rule, path, flaw) for flaw in flaws if lacking}
        self.held.update(filter(None, causes.values()))
        return {self._finding(path, flaw): flaw.alike for flaw in flaws if not causes.get(flaw)}

    def _is_known(self, path: str, flaw: Flaw) -> bool:
        return self.id in BROKEN | {READABLE} or not names_absent(self.sources, path, flaw.message)

    def _finding(self, path: str, flaw: Flaw) -> Finding:
        severity = self._severity(flaw)
        return Finding(path, flaw.line, flaw.column, self.id, flaw.message, severity, flaw.fix, flaw.places)

    def _severity(self, flaw: Flaw) -> Severity:
        """How bad a flaw is here: who keeps a promise has broken it, and who gave none may mean it so."""
        return Severity.ERROR if flaw.promised and is_ours(self.sources) else flaw.severity

    def _failed(self, where: str, error: Exception) -> None:
        told = f"check {self.id} failed{where}: {type(error).__name__}: {error}"
        if not self.edited:
            raise BugError(told) from error
        self.broke = self.broke or f"{_BROKE}{told}"

    def result(self) -> CheckResult:
        """A rule that looked at nothing is skipped: it has not passed."""
        why = self.broke or "; ".join(_follow(path, count) for path, count in sorted(self.held.items()))
        held = dict(sorted(self.held.items()))
        if self.findings:
            return CheckResult(self.id, "built-in", "failed", self.files, why, held)
        if why or not self.files:
            return CheckResult(self.id, "built-in", "skipped", self.files, why or NO_FILE, held)
        return CheckResult(self.id, "built-in", "passed", self.files)


def _follow(path: str, count: int) -> str:
    """What is not told of a rule, since it may come from a file that cannot be parsed."""
    told = "1 finding that may follow" if count == 1 else f"{count} findings that may follow"
    return f"{told} from {path}, which cannot be parsed, not told"
