"""Every finding says how to put it right, and whoever follows gets what the rule accepts."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.checks import RULES
from generator.checks.formats import yaml as documents
from generator.checks.formats.schema import Schema
from generator.checks.source import Sources
from generator.finding import Finding
from generator.tree import File, Tree
from tests.checks.cases import Case, cases
from tests.support.judge import judge

WITHOUT = {"readable": "the message says why the file was not read; what to do about it lies outside of the file"}
"""Rules with findings that have no fix, each with the reason."""
VERBS = frozenset(
    [
        "Add",
        "Allow",
        "Ask",
        "Attach",
        "Begin",
        "Bind",
        "Bring",
        "Call",
        "Choose",
        "Close",
        "Declare",
        "Define",
        "End",
        "Finish",
        "Give",
        "Hand",
        "Have",
        "Install",
        "Keep",
        "Leave",
        "Let",
        "List",
        "Make",
        "Move",
        "Name",
        "Publish",
        "Put",
        "Redirect",
        "Remove",
        "Rename",
        "Request",
        "Require",
        "Revoke",
        "Save",
        "Say",
        "Set",
        "Take",
        "Test",
        "Use",
        "Write",
        "chmod",
    ]
)
"""What a fix begins with: it says what to do, not what happens otherwise."""
FOLLOWED = yaml.safe_load(Path(__file__).with_name("followed.yml").read_text(encoding="utf-8"))
SCHEMAS = ("action-schema", "compose-schema", "hcl-syntax", "kubernetes-schema", "workflow-schema", "yaml-syntax")
"""What must refuse nothing new once a fix was followed."""


@cache
def told() -> dict[str, list[tuple[Case, Finding]]]:
    """What the cases of each rule are told."""
    found: dict[str, list[tuple[Case, Finding]]] = {rule: [] for rule in RULES}
    for case in cases():
        found[case.rule] += [(case, finding) for finding in judge(case.sources, [case.rule]).findings]
    return found


@pytest.mark.parametrize("rule", RULES)
def test_every_finding_of_a_rule_says_how_to_fix_it(rule: str) -> None:
    silent = [one.message for _, one in told()[rule] if not one.fix]
    if rule in WITHOUT:
        assert silent, "it need not be in the list any more"
    else:
        assert silent == []


@pytest.mark.parametrize("rule", RULES)
def test_a_fix_is_one_imperative_sentence_or_a_command(rule: str) -> None:
    for fix in (one.fix for _, one in told()[rule] if one.fix):
        assert fix.split()[0] in VERBS, fix
        assert "\n" not in fix
        assert "None" not in fix, fix


@pytest.mark.parametrize("step", FOLLOWED, ids=lambda step: f"{step['rule']}: {step['finding']}")
def test_whoever_follows_a_fix_gets_what_the_rule_accepts(step: dict[str, str]) -> None:
    case, finding = next(
        (case, one)
        for case, one in told()[step["rule"]]
        if step["finding"] in one.message and step["find"] in case.files[one.path].text
    )
    file = case.files[finding.path]
    content = file.text.replace(step["find"], step["write"], 1) if step["find"] else file.text + step["write"]
    if not finding.fix.startswith(("Take", "Remove")):
        quoted = [part for pair in re.findall(r"`([^`]+)`|^Write (\S+)[.,]", finding.fix) for part in pair]
        assert all(word in content for part in quoted for word in re.findall(r"[\w-]{2,}", part)), finding.fix
    changed = Sources(Tree({**case.files, finding.path: File(content.encode(), file.executable)}))
    before, after = _said(case.sources, [case.rule]), _said(changed, [case.rule])
    assert after[finding.path, finding.message] < before[finding.path, finding.message], finding.fix
    assert _said(changed, SCHEMAS).keys() <= _said(case.sources, SCHEMAS).keys(), finding.fix


def _said(sources: Sources, rules: list[str] | tuple[str, ...]) -> Counter[tuple[str, str]]:
    return Counter((one.path, one.message) for one in judge(sources, rules).findings)


@pytest.mark.parametrize(
    ("schema", "written", "fix"),
    [
        ({"type": "string", "pattern": "^[0-9]+s$"}, '"30"', "Write a value that fits ^[0-9]+s$."),
        ({"pattern": "^[a-z]+$"}, '"30"', "Write 30 without quotes."),
        ({"type": "boolean"}, '"30"', "Write a boolean."),
        ({"type": "boolean"}, '"true"', "Write true without quotes."),
        ({"type": "integer"}, '"30"', "Write 30 without quotes."),
        ({"type": "string"}, "0755", 'Write "0755" with quotes.'),
        ({"type": "array"}, "a", "Write an array."),
        ({"enum": ["TCP", "UDP"]}, "tcp", "Write TCP."),
        ({"const": 2}, "3", "Write 2."),
        ({"maximum": 2}, "3", "Write 2 or less."),
        ({"minItems": 2}, "[a]", "List 2 or more."),
    ],
)
def test_what_a_schema_refuses_says_what_it_takes(schema: dict[str, Any], written: str, fix: str) -> None:
    root = documents.parse_text(f"a: {written}\n").documents[0]
    assert [flaw.fix for flaw in Schema({"properties": {"a": schema}}).flaws(root)] == [fix]
