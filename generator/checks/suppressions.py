"""Takes out of a verdict what people said is meant, and tells of suppressions that do nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from generator.checks.models import suppressed
from generator.checks.models.suppressed import Suppression
from generator.checks.rule import did_you_mean, instead
from generator.checks.source import Sources
from generator.finding import CheckResult, Finding, Verdict

RULE: Final = "suppression"


@dataclass(frozen=True, slots=True)
class Settled:
    """A verdict without what is suppressed, and that with its reasons."""

    verdict: Verdict
    suppressed: tuple[tuple[Finding, str], ...] = ()


def settle(sources: Sources, verdict: Verdict, known: Collection[str], *, unused: bool = True) -> Settled:
    """Applies the suppressions of the tree to a verdict.

    `known` are the names of all rules and tools, those that did not run among them: nobody knows of these whether they
    would still find something. Without `unused`, nothing is said of suppressions that do nothing: where only some rules
    ran. A suppression without a reason suppresses nothing.
    """
    by_path = {path: _by_target(suppressed.in_file(sources, path)) for path in suppressed.paths(sources)}
    if not by_path:
        return Settled(verdict)
    left: list[Finding] = []
    taken: list[tuple[Finding, str]] = []
    used: set[tuple[str, Suppression]] = set()
    for finding in verdict.findings:
        one = _of(by_path.get(finding.path, {}), finding)
        if one:
            used.add((finding.path, one))
            taken.append((finding, one.reason))
        else:
            left.append(finding)
    if unused and any(check.name == RULE for check in verdict.checks):
        ran = {check.name for check in verdict.checks if check.status != "skipped"}
        for path in by_path:
            if path not in sources.quiet:
                idle = [one for one in suppressed.in_file(sources, path) if (path, one) not in used]
                left += _idle(path, idle, ran, known)
    found = {_check(finding) for finding in left}
    checks = tuple(_again(check, check.name in found) for check in verdict.checks)
    return Settled(Verdict(checks, tuple(sorted(left))), tuple(taken))


def _by_target(ones: Iterable[Suppression]) -> dict[tuple[str, int], Suppression]:
    """The suppressions of a file that have a reason, by rule and line; the first of those that are about the same."""
    return {(one.rule, one.target): one for one in reversed(list(ones)) if one.reason}


def _of(by_target: Mapping[tuple[str, int], Suppression], finding: Finding) -> Suppression | None:
    """The suppression of a finding; none of one that is about suppressions."""
    if finding.rule == RULE:
        return None
    return by_target.get((finding.rule, finding.line)) or by_target.get((finding.rule, 0))


def _idle(path: str, ones: Collection[Suppression], ran: Collection[str], known: Collection[str]) -> Iterator[Finding]:
    """What is wrong with suppressions that suppressed nothing."""
    for one in ones:
        if not one.rule or not one.reason:
            continue  # the rule itself says so
        tool = one.rule.partition("/")[0]
        if tool not in known:
            message = f"no rule is called {one.rule}{did_you_mean(one.rule, known)}"
            fix = instead(message, "Name a rule that `agency-scaffold explain` lists.")
            yield Finding(path, one.line, one.column, RULE, message, fix=fix)
        elif tool in ran:
            message = f"{one.rule} finds nothing here: the suppression is not needed"
            yield Finding(path, one.line, one.column, RULE, message, fix="Take it out.")


def _check(finding: Finding) -> str:
    """The name of the check that a finding is of: a tool's own rules stand behind its name."""
    return finding.rule.partition("/")[0]


def _again(check: CheckResult, found: bool) -> CheckResult:
    """What became of a check, now that some of its findings are meant and others have come."""
    if found:
        return replace(check, status="failed")
    return replace(check, status="passed") if check.status == "failed" and not check.reason else check
