"""Findings as SARIF 2.1.0, which code scanning reads.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from generator.checks.rule import Rule, about, title
from generator.checks.run import is_broken
from generator.finding import CheckResult, Finding
from generator.report import ValidationReport

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_TOP: Final = "%SRCROOT%"


def report(result: ValidationReport, rules: Mapping[str, Rule], prefix: str) -> str:
    """One run; `prefix` is the judged folder, seen from the top of its repository.

    What is about no file, such as a program that broke, is a notification: it has no place that could be shown.
    """
    placed = [finding for finding in result.findings if finding.path]
    meant = [(line.finding, line.reason) for line in result.suppressed if line.finding.path]
    ids = sorted({finding.rule for finding in placed} | {finding.rule for finding, _ in meant})
    index = {rule: number for number, rule in enumerate(ids)}
    results = [_result(finding, index, prefix) for finding in placed]
    results += [_result(f, index, prefix) | {"suppressions": [_suppression(reason)]} for f, reason in meant]
    driver = {
        "name": "agency-scaffold",
        "semanticVersion": result.version,
        "rules": [_rule(rule, rules.get(rule)) for rule in ids],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_TOP: {"description": {"text": "The top of the repository."}}},
        "invocations": [_invocation(result)],
        "results": results,
    }
    text = json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()


def _rule(name: str, rule: Rule | None) -> dict[str, Any]:
    """The description of a rule; of a tool's own rule only the name is known."""
    if rule is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": f"{title(rule)}."},
        "fullDescription": {"text": about(rule)},
        "help": {"text": about(rule)},
        "properties": {"tags": [str(rule.FORMAT)]},
    }


def _result(finding: Finding, index: Mapping[str, int], prefix: str) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(os.fsencode(prefix + finding.path)), "uriBaseId": _TOP}}
    if finding.line:
        place["region"] = {"startLine": finding.line, **({"startColumn": finding.column} if finding.column else {})}
    text = finding.message + (f"\n{finding.fix}" if finding.fix else "")
    return {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": str(finding.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
    }


def _suppression(reason: str) -> dict[str, str]:
    return {"kind": "inSource", "justification": reason}


def _invocation(result: ValidationReport) -> dict[str, Any]:
    """Whether all ran, and what did not."""
    told = [*_broken(result), *(_skipped(check) for check in result.checks if check.reason)]
    broke = any(one["level"] == "error" for one in told)
    return {"executionSuccessful": not broke, "toolExecutionNotifications": told}


def _broken(result: ValidationReport) -> Iterator[dict[str, Any]]:
    for finding in result.findings:
        if not finding.path:
            yield {"level": str(finding.severity), "message": {"text": f"{finding.rule}: {finding.message}"}}


def _skipped(check: CheckResult) -> dict[str, Any]:
    level = "error" if is_broken(check) else "note"
    return {"level": level, "message": {"text": f"{check.name} {check.status}: {check.reason}"}}
