"""A file that cannot be parsed is one finding, not one in every file that needs what it holds."""

from __future__ import annotations

import pytest

from generator.checks import RULES
from generator.checks.choice import ALWAYS
from generator.checks.run import run
from generator.checks.source import Sources
from generator.checks.suppressions import settle
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
    assert judge(tree("app: api", ""), [RULE, "yaml-syntax"]).findings == ()
    verdict = judge(tree("app: api", "}"), [RULE, "yaml-syntax"])
    assert [(one.path, one.rule) for one in verdict.findings] == [("workload.yaml", "yaml-syntax")]
    held = verdict.checks[0]
    assert (held.name, held.status) == (RULE, "skipped")
    assert held.reason == "1 finding that may follow from workload.yaml, which cannot be parsed, not told"


def test_what_does_not_stand_in_it_is_missed_all_the_same() -> None:
    found = [(one.path, one.rule) for one in judge(tree("tier: shop", "}"), [RULE, "yaml-syntax"]).findings]
    assert found == [("service.yaml", RULE), ("workload.yaml", "yaml-syntax")]


def test_nobody_knows_whether_a_suppression_is_still_needed() -> None:
    said = SERVICE.replace("{%s}", "{%s}  # agency-scaffold-ignore kubernetes-selector: another team's pods")
    files = {"service.yaml": said % "app: api", "workload.yaml": WORKLOAD % "}", **OURS}
    sources = Sources(Tree({path: File(text.encode()) for path, text in files.items()}))
    rules = {rule: RULES[rule] for rule in (RULE, "suppression", "yaml-syntax")}
    settled = settle(sources, run(sources, rules), RULES)
    assert [one.rule for one in settled.verdict.findings] == ["yaml-syntax"]


BROKEN = [fault for fault in corpus() if ALWAYS.issuperset(fault.rules)]
FIRST = {fault.rules: fault for fault in reversed(BROKEN)}


@pytest.mark.parametrize(
    "fault",
    [pytest.param(one, marks=() if FIRST[one.rules] is one else pytest.mark.slow, id=one.name) for one in BROKEN],
)
def test_nothing_else_is_told(fault: Fault) -> None:
    made = next(places(fault, fault.trees[0]))
    said = known(made.tree).judge(made, RULES)
    assert said
    assert {one.rule for one in said} <= set(fault.rules)
