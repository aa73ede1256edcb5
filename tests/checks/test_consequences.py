"""A file that cannot be parsed is one finding, not one in every file that needs what it holds."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from generator.checks import RULES
from generator.checks.consequences import BROKEN
from generator.checks.run import run
from generator.checks.source import Sources
from generator.checks.suppressions import settle
from generator.places import IGNORE
from generator.tree import File, Tree
from tests.checks.faults.fault import Fault, corpus
from tests.checks.faults.place import places
from tests.checks.faults.remembered import known
from tests.support.judge import judge

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: front}\nspec:\n  selector: {%s}\n  ports: [{port: 80}]\n"
WORKLOAD = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  selector: {matchLabels: {app: api}}\n"
    "  template:\n    metadata: {labels: {app: api}}\n    spec: {containers: [{name: a, image: a}]}%s\n"
)
OURS = {".agency/scaffold/todo.yml": "items: []\n"}
RULE = "kubernetes-selector"


def tree(service: str, workload: str) -> Tree:
    files = {"service.yaml": SERVICE % service, "workload.yaml": WORKLOAD % workload, **OURS}
    return Tree({path: File(text.encode()) for path, text in files.items()})


def test_what_may_stand_in_a_file_that_cannot_be_parsed_is_not_missed() -> None:
    assert judge(tree("app: api", ""), [RULE, *BROKEN]).findings == ()
    verdict = judge(tree("app: api", "}"), [RULE, *BROKEN])
    assert [(one.path, one.rule) for one in verdict.findings] == [("workload.yaml", "yaml-syntax")]
    held = next(check for check in verdict.checks if check.name == RULE)
    assert held.status == "skipped"
    assert held.reason == "1 finding that may follow from workload.yaml, which cannot be parsed, not told"


def test_what_does_not_stand_in_it_is_missed_all_the_same() -> None:
    found = [(one.path, one.rule) for one in judge(tree("tier: shop", "}"), [RULE, *BROKEN]).findings]
    assert found == [("service.yaml", RULE), ("workload.yaml", "yaml-syntax")]


def test_the_words_by_which_a_rule_speaks_of_everything_name_nothing() -> None:
    found = [one.rule for one in judge(tree("tier: shop", "}  # no pod has a Service"), [RULE, "yaml-syntax"]).findings]
    assert found == [RULE, "yaml-syntax"]


def test_nobody_knows_whether_a_suppression_is_still_needed() -> None:
    said = SERVICE.replace("{%s}", "{%s}  # agency-scaffold-ignore kubernetes-selector: another team's pods")
    files = {"service.yaml": said % "app: api", "workload.yaml": WORKLOAD % "}", **OURS}
    sources = Sources(Tree({path: File(text.encode()) for path, text in files.items()}))
    rules = {rule: RULES[rule] for rule in (RULE, "suppression", *BROKEN)}
    settled = settle(sources, run(sources, rules), RULES)
    assert [one.rule for one in settled.verdict.findings] == ["yaml-syntax"]


def told(sources: Sources, rules: Iterable[str]) -> list[str]:
    settled = settle(sources, run(sources, {rule: RULES[rule] for rule in rules}), RULES, unused=False)
    return [one.rule for one in settled.verdict.findings]


def test_a_file_of_which_nothing_is_told_excuses_nothing() -> None:
    """What is quiet, what is suppressed where it stands or in the file for it, and what was left out."""
    files = dict(tree("app: api", "}"))
    every = [RULE, *BROKEN]
    assert told(Sources(Tree(files)), every) == ["yaml-syntax"]
    assert told(Sources(Tree(files), quiet={"workload.yaml"}), every) == [RULE]
    meant = File(b"# agency-scaffold-ignore-file yaml-syntax: it will be filled in\n" + files["workload.yaml"].content)
    assert told(Sources(Tree(files | {"workload.yaml": meant})), every) == [RULE]
    listed = File(b"- {rule: yaml-syntax, path: workload.yaml, reason: it will be filled in}\n")
    assert told(Sources(Tree(files | {IGNORE: listed})), every) == [RULE]
    assert told(Sources(Tree(files)), [RULE]) == [RULE]


def test_what_is_no_text_may_hold_what_is_missed() -> None:
    files = tree("app: api", "  # \u00e9")
    latin = File(files["workload.yaml"].content.decode().encode("latin-1"))
    assert told(Sources(Tree({**files, "workload.yaml": latin})), [RULE, *BROKEN]) == ["text-encoding"]


SPOILT = [fault for fault in corpus() if BROKEN.issuperset(fault.rules)]
FIRST = {fault.rules: fault for fault in reversed(SPOILT)}


@pytest.mark.parametrize(
    "fault",
    [pytest.param(one, marks=() if FIRST[one.rules] is one else pytest.mark.slow, id=one.name) for one in SPOILT],
)
def test_nothing_else_is_told(fault: Fault) -> None:
    made = next(places(fault, fault.trees[0]))
    said = known(made.tree).judge(made, RULES)
    assert said
    assert {one.rule for one in said} <= set(fault.rules)
