"""Takes out of a verdict what people said is meant, tells of suppressions that do nothing, and once what is alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from generator.checks.models import ignore_file, suppressed
from generator.checks.models.ignore_file import Entry
from generator.checks.models.suppressed import Suppression
from generator.checks.rule import Format, did_you_mean, instead
from generator.checks.source import Sources
from generator.finding import NO_FILE, CheckResult, Finding, Verdict
from generator.places import IGNORE

RULE: Final = "suppression"


@dataclass(frozen=True, slots=True)
class Settled:
    """A verdict without what is suppressed, and that with its reasons."""

    verdict: Verdict
    suppressed: tuple[tuple[Finding, str], ...] = ()


def settle(
    sources: Sources, verdict: Verdict, known: Collection[str], *, unused: bool = True, every: bool = False
) -> Settled:
    """Applies the suppressions of the tree to a verdict, and says once what has a number of places, but for `every`.

    `known` are the names of all rules and tools, those that did not run among them: nobody knows of these whether they
    would still find something. Without `unused`, nothing is said of suppressions that do nothing: where only some rules
    ran. A suppression without a reason suppresses nothing.
    """
    comments = {path: suppressed.in_file(sources, path) for path in suppressed.paths(sources)}
    entries = ignore_file.read(sources).entries
    at_places = {path: _by_target(ones) for path, ones in comments.items()}
    at_paths = _by_rule(entries)
    left: list[Finding] = []
    taken: list[tuple[Finding, str]] = []
    used = set[tuple[str, Suppression | Entry]]()
    for finding in verdict.findings:
        one = _of(at_places.get(finding.path, {}), finding) or _named(at_paths, finding)
        if one:
            used.add((finding.path if isinstance(one, Suppression) else IGNORE, one))
            taken.append((finding, one.reason))
        else:
            left.append(finding)
    if unused and any(check.name == RULE for check in verdict.checks):
        written: dict[str, Sequence[Suppression | Entry]] = {**comments, IGNORE: (*comments.get(IGNORE, ()), *entries)}
        for path, ones in written.items():
            if path not in sources.quiet:
                left += _idle(path, [one for one in ones if (path, one) not in used], verdict.checks, known)
    found = {_check(finding) for finding in left}
    checks = tuple(_again(check, check.name in found) for check in verdict.checks)
    left = [replace(one, places=0) for one in left] if every else _said_once(left, verdict.alike)
    return Settled(Verdict(checks, tuple(sorted(left))), tuple(taken))


def _said_once(findings: Iterable[Finding], words: Mapping[Finding, str]) -> list[Finding]:
    """The findings; of those that are alike, the first speaks for all."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        if one.places:
            alike.setdefault((one.rule, words.get(one, "")), []).append(one)
    told = [one for one in findings if not one.places]
    for ones in alike.values():
        first = min(ones)
        others = f" (the same in {len(ones)} of {first.places} places, said once)"
        told.append(replace(first, message=first.message + others) if len(ones) > 1 else replace(first, places=0))
    return told


def _by_target(ones: Iterable[Suppression]) -> dict[tuple[str, int], Suppression]:
    """The suppressions of a file that have a reason, by rule and line; the first of those that are about the same."""
    return {(one.rule, one.target): one for one in reversed(list(ones)) if one.reason}


def _by_rule(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for one in entries:
        found.setdefault(one.rule, []).append(one)
    return found


def _of(by_target: Mapping[tuple[str, int], Suppression], finding: Finding) -> Suppression | None:
    """The suppression of a finding; none of one that is about suppressions."""
    if finding.rule == RULE:
        return None
    return by_target.get((finding.rule, finding.line)) or by_target.get((finding.rule, 0))


def _named(by_rule: Mapping[str, Sequence[Entry]], finding: Finding) -> Entry | None:
    """The entry that is about a finding, one that names its rule before one of all rules."""
    rules = () if finding.rule == RULE else (finding.rule, ignore_file.ALL)
    return next((one for rule in rules for one in by_rule.get(rule, ()) if finding.path in one.paths), None)


def _idle(
    path: str, ones: Iterable[Suppression | Entry], checks: Iterable[CheckResult], known: Collection[str]
) -> Iterator[Finding]:
    """What is wrong with suppressions that suppressed nothing."""
    ran = {check.name for check in checks if check.status != "skipped" and not check.reason}
    if all(check.name in ran or check.reason == NO_FILE for check in checks):
        ran.add(ignore_file.ALL)
    for one in ones:
        if not one.rule or not one.reason:
            continue  # the rule itself says so
        tool = one.rule.partition("/")[0]
        if tool not in known and not (one.rule == ignore_file.ALL and isinstance(one, Entry)):
            message, fix = _no_rule(one.rule, known)
            yield Finding(path, one.line, one.column, RULE, message, fix=fix)
        elif tool in ran:
            where, what = ("here", "suppression") if isinstance(one, Suppression) else (f"in {one.pattern}", "entry")
            message = f"{one.rule} finds nothing {where}: the {what} is not needed"
            yield Finding(path, one.line, one.column, RULE, message, fix="Take it out.")


def _no_rule(name: str, known: Collection[str]) -> tuple[str, str]:
    """What is said of a name that no rule has, and what to do."""
    if name == ignore_file.ALL:
        return f"{name} belongs into {IGNORE}: a comment names its rules", "Name the rules as their findings show them."
    if name in set(Format):
        return f"{name} is a format: rules alone are suppressed", "Name the rule as its finding shows it."
    near = did_you_mean(name, known)
    return f"no rule is called {name}{near}", instead(near, "Name a rule that `agency-scaffold explain` lists.")


def _check(finding: Finding) -> str:
    """The name of the check that a finding is of: a tool's own rules stand behind its name."""
    return finding.rule.partition("/")[0]


def _again(check: CheckResult, found: bool) -> CheckResult:
    """What became of a check, now that some of its findings are meant and others have come."""
    if found:
        return replace(check, status="failed")
    return replace(check, status="passed") if check.status == "failed" and not check.reason else check
