"""Every rule refuses what it must, with exact findings, and accepts what is right."""

from __future__ import annotations

import pytest

from generator.checks import RULES
from generator.checks.source import Sources
from generator.finding import Finding, Severity
from generator.tree import File, Tree
from tests.checks.cases import FOLDER, Case, cases, rewritten, written
from tests.support.judge import judge


def name(case: Case) -> str:
    return f"{case.rule}-{'refused' if case.refused else 'accepted'}" + (f"-{case.name}" if case.name else "")


@pytest.mark.parametrize("case", cases(), ids=name)
def test_case(case: Case) -> None:
    report = judge(case.sources, [case.rule])
    found = [written(finding) for finding in report.findings]
    assert found == case.findings
    if case.name.startswith("elsewhere"):
        assert not report.checks[0].files, "there is nothing that the rule is about"
    else:
        assert report.checks[0].files > 0, "the rule looked at no file"
    assert case.refused == bool(found)


INSTANCE = 'resource "aws_db_instance" "%s" { engine = "%s" }\n'
UNJUDGED = {
    "ci-variable": {
        "main.tf": 'output "name" { value = "x" }\n',
        ".github/workflows/a.yml": 'jobs: {a: {env: {A: "${{ vars.CLUSTER_NAME }}"}}}\n',
        ".github/repository-settings.json": '{"variables": {"repository": ["CLUSTER_NAME"]}}\n',
    },
    "database-port": {
        "rds.tf": INSTANCE % ("one", "postgres") + INSTANCE % ("other", "mysql"),
        "main.tf": 'module "network" {\n  source = "./network"\n  database_port = 3306\n}\n',
    },
}
"""Trees that do not say what a rule would judge by: outputs with variables, one database."""


@pytest.mark.parametrize("rule", UNJUDGED)
def test_a_rule_without_anything_to_judge_by_looks_at_nothing(rule: str) -> None:
    report = judge(Sources(Tree({path: File(text.encode()) for path, text in UNJUDGED[rule].items()})), [rule])
    assert (report.findings, report.checks[0].status) == ((), "skipped")


def test_every_rule_has_both_kinds_of_cases() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(RULES)
    kinds = {(case.rule, case.refused) for case in cases()}
    assert kinds == {(rule, refused) for rule in RULES for refused in (True, False)}


def test_findings_are_written_anew_and_nothing_else_is() -> None:
    text = "above\n=== refused latin\n--- a.yaml\n\\xe9_JOIN_\n>>> b\n\n{}\n=== accepted\n--- a.yaml\n{}=== refused\n--- b\nb\n{}"
    stale = ">>> a.yaml:1:1 note: stale\n    fix: stale\n>>> a.yaml:2:0 stale\n"
    now = ">>> a.yaml:0:0 warning: a\n>>> a.yaml:1:2 b\n    fix: c\n"

    def judged(sources: Sources) -> list[Finding]:
        found = [Finding("a.yaml", 0, 0, "", "a", Severity.WARNING), Finding("a.yaml", 1, 2, "", "b", fix="c")]
        return found if "a.yaml" in sources.tree else []

    assert rewritten(text.format(stale, "", stale), judged) == text.format(now, now, "")
