"""Which checks `--only` and `--skip` choose."""

from __future__ import annotations

import pytest

from generator.checks import RULES
from generator.checks.choice import ALWAYS, choose
from generator.checks.external import TOOLS
from generator.checks.rule import Format
from generator.errors import UsageError


def test_all_without_a_word() -> None:
    everything = choose()
    assert dict(everything.rules) == dict(RULES)
    assert dict(everything.tools) == dict(TOOLS)
    assert everything.whole
    assert not choose(skip=["promql"]).whole


def test_a_format_stands_for_its_rules_and_programs() -> None:
    chosen = choose(["prometheus"])
    of_format = {name for name, rule in RULES.items() if rule.FORMAT == Format.PROMETHEUS}
    assert {"promql", "alert-runbook"} <= of_format
    assert set(chosen.rules) == of_format | (ALWAYS & set(RULES))
    assert set(choose(skip=["prometheus"]).rules) == set(RULES) - of_format
    assert set(choose(skip=["text", "yaml"]).rules) >= ALWAYS & set(RULES), "what cannot be read is told all the same"
    assert set(chosen.tools) == {"amtool", "promtool"}
    assert set(choose(skip=["prometheus"]).tools) == set(TOOLS) - {"amtool", "promtool"}
    assert set(choose(["promtool"]).tools) == {"promtool"}


def test_what_cannot_be_parsed_is_told_whatever_was_chosen() -> None:
    assert {"yaml-syntax", "json-syntax", "hcl-syntax", "readable"} <= ALWAYS
    assert set(choose(["promql"]).rules) == {"promql", *(ALWAYS & set(RULES))}
    assert set(choose(["promql"], ["yaml-syntax"]).rules) == {"promql", *(ALWAYS & set(RULES))} - {"yaml-syntax"}


def test_words_are_joined_by_commas_or_repeated() -> None:
    assert choose(["promql, hadolint", "shellcheck"]) == choose(["promql", "hadolint", "shellcheck"])
    assert set(choose(["promql,hadolint"]).tools) == {"hadolint"}


def test_a_rule_is_taken_out_of_a_format_and_a_rule_of_a_skipped_format_is_kept() -> None:
    assert "promql" not in choose(["prometheus"], ["promql"]).rules
    assert "alert-runbook" in choose(["prometheus"], ["promql"]).rules
    assert "promql" in choose(["promql"], ["prometheus"]).rules


def test_all_unknown_words_are_told_with_the_nearest() -> None:
    with pytest.raises(UsageError) as error:
        choose(["promqll", "kuberntes"], ["nothing-like-it"])
    assert error.value.message == (
        "there is no check promqll, did you mean promql?; there is no check kuberntes, did you mean kubernetes?; "
        "there is no check nothing-like-it"
    )


def test_where_nothing_is_left_to_check_that_is_a_mistake() -> None:
    everything = [*Format, *RULES, *TOOLS]
    with pytest.raises(UsageError) as error:
        choose(skip=everything)
    assert error.value.message == "nothing is left to check"
    with pytest.raises(UsageError):
        choose(["yaml-syntax"], ["yaml-syntax", *ALWAYS])
    assert set(choose(skip=list(Format)).rules) == ALWAYS, "what cannot be read is told all the same"
