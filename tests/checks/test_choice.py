"""Which checks `--only` and `--skip` choose."""

from __future__ import annotations

import pytest

from generator.checks import RULES
from generator.checks.choice import ALWAYS, choose
from generator.checks.external import TOOLS
from generator.checks.rule import Format
from generator.checks.run import run
from generator.errors import UsageError
from generator.tree import File, Tree


def test_all_without_a_word() -> None:
    everything = choose()
    assert dict(everything.rules) == dict(RULES)
    assert dict(everything.tools) == dict(TOOLS)
    assert everything.whole
    assert not choose(skip=["promql"]).whole


MANIFEST = b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n"
TREE = Tree(
    {
        "Dockerfile": File(b"FROM a\n"),
        "a.yaml": File(MANIFEST),
        "b.yaml": File(b"a: 1\na: 2\n"),
        "c.yaml": File(MANIFEST + b"a: 1\na: 2\n"),
        ".github/workflows/a.yml": File(b"jobs: {a: {steps: [{run: docker pull a:latest}]}}\n"),
        "rule.yaml": File(
            b"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: a}\n"
            b"spec: {groups: [{name: a, rules: [{record: a, expr: sum(}]}]}\n"
        ),
        "group.tf": File(b"# https://a:b" + b"@example.org\n"),
    }
)


@pytest.mark.parametrize(
    ("only", "skip"),
    [("terraform", "terraform"), ("docker,promql", "docker,promql"), ("yaml", "yaml")],
)
def test_what_cannot_be_parsed_alone_was_not_asked_for(only: str, skip: str) -> None:
    with pytest.raises(UsageError, match="nothing is left to check"):
        choose([only], [skip])


@pytest.mark.parametrize("only", ["toml", "yaml-syntax", "toml-syntax"])
def test_what_cannot_be_parsed_may_be_what_is_asked_for(only: str) -> None:
    assert choose([only]).rules


def found(rules: tuple[str, ...], only: tuple[str, ...] = (), skip: tuple[str, ...] = ()) -> set[tuple[str, str]]:
    """(rule, path) of what some of the rules find, as it is chosen."""
    choice = choose(only, skip)
    ran = {name: rule for name, rule in choice.rules.items() if name in rules}
    return {(one.rule, one.path) for one in run(TREE, ran, takes=choice.takes).findings}


def test_a_format_chooses_by_the_file_that_a_finding_is_in() -> None:
    images = ("image-tag",)
    workflow = ".github/workflows/a.yml"
    assert found(images) == {("image-tag", path) for path in ("Dockerfile", "a.yaml", "c.yaml", workflow)}
    assert found(images, ("kubernetes",)) == {("image-tag", "a.yaml"), ("image-tag", "c.yaml")}
    assert found(images, ("docker",)) == {("image-tag", "Dockerfile")}
    assert found(images, ("github",)) == {("image-tag", workflow)}
    assert found(images, (), ("docker", "github")) == {("image-tag", "a.yaml"), ("image-tag", "c.yaml")}
    assert found(images, ("image-tag",), ("docker",)) == found(images), "a rule that is named is wanted everywhere"
    assert found(images, ("yaml", "text")) == set()


def test_what_a_file_is_written_in_chooses_the_rules_about_that() -> None:
    both = ("yaml-duplicate-key", "image-tag")
    assert found(both, ("yaml",)) == {("yaml-duplicate-key", "b.yaml"), ("yaml-duplicate-key", "c.yaml")}
    assert ("image-tag", "c.yaml") in found(both, (), ("yaml",))
    assert not any(rule == "yaml-duplicate-key" for rule, _ in found(both, (), ("yaml",)))


def test_a_file_of_two_formats_is_of_the_one_that_the_rule_is_about() -> None:
    assert found(("promql",), ("prometheus",)) == {("promql", "rule.yaml")}
    assert found(("promql",), (), ("prometheus",)) == set()


def test_a_check_that_has_no_file_of_the_format_has_looked_at_none() -> None:
    choice = choose(["docker"])
    verdict = run(TREE, choice.rules, takes=choice.takes)
    ran = {check.name for check in verdict.checks if check.status != "skipped"}
    assert "image-tag" in ran
    assert not ran & {"pod-root", "promql", "yaml-duplicate-key", "secret-token"}


def test_a_format_stands_for_its_programs() -> None:
    assert set(choose(["prometheus"]).tools) == {"amtool", "promtool"}
    assert set(choose(skip=["prometheus"]).tools) == set(TOOLS) - {"amtool", "promtool"}
    assert set(choose(["promtool"]).tools) == {"promtool"}
    assert set(choose(skip=["text", "yaml"]).rules) >= ALWAYS & set(RULES), "what cannot be read is told all the same"
    assert not choose(["kubernetes"]).whole


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
