"""Every rule refuses what it must, with exact findings, and accepts what is right."""

from __future__ import annotations

import pytest

from generator.checks import RULES
from tests.checks.cases import FOLDER, Case, cases
from tests.support.judge import judge


def name(case: Case) -> str:
    return f"{case.rule}-{'refused' if case.refused else 'accepted'}" + (f"-{case.name}" if case.name else "")


@pytest.mark.parametrize("case", cases(), ids=name)
def test_case(case: Case) -> None:
    report = judge(case.sources, [case.rule])
    found = [f"{f.path}:{f.line}:{f.column} {f.message}" for f in report.findings]
    assert found == case.findings
    assert report.checks[0].files > 0, "the rule looked at no file"
    assert case.refused == bool(found)


def test_every_rule_has_both_kinds_of_cases() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(RULES)
    for rule in RULES:
        assert {case.refused for case in cases() if case.rule == rule} == {True, False}, rule
