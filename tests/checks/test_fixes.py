"""Every finding says how to put it right."""

from __future__ import annotations

from functools import cache

import pytest

from generator.checks import RULES
from generator.finding import Finding
from tests.checks.cases import cases
from tests.support.judge import judge

WITHOUT = {"readable": "the message says why the file was not read; what to do about it lies outside of the file"}
"""Rules with findings that have no fix, each with the reason."""


@cache
def findings() -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {rule: [] for rule in RULES}
    for case in cases():
        found[case.rule] += judge(case.sources, [case.rule]).findings
    return found


@pytest.mark.parametrize("rule", RULES)
def test_every_finding_of_a_rule_says_how_to_fix_it(rule: str) -> None:
    silent = [one.message for one in findings()[rule] if not one.fix]
    if rule in WITHOUT:
        assert silent, "it need not be in the list any more"
    else:
        assert silent == []


@pytest.mark.parametrize("rule", RULES)
def test_a_fix_is_one_sentence_or_a_command(rule: str) -> None:
    for fix in (one.fix for one in findings()[rule] if one.fix):
        assert fix[0].isupper() or fix.startswith("chmod "), fix
        assert "\n" not in fix
        assert "None" not in fix, fix
