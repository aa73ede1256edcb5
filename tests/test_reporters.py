"""The report as a person reads it."""

from __future__ import annotations

from generator.errors import AnswersError, BugError, Problem
from generator.finding import CheckResult, Finding
from generator.report import FallbackLine, FileLine, IdleLine, Report, TodoLine
from generator.reporters import text

REPORT = Report(
    version="1.0.0",
    directory="/srv/shop",
    dry_run=False,
    exit_code=1,
    files=[
        FileLine(path="Makefile", component="docs", action="block"),
        FileLine(path="README.md", component="docs", action="keep", reason="it was there already"),
        FileLine(path="a.tf", component="aws", action="create"),
        FileLine(path="b.tf", component="aws", action="adopt"),
        FileLine(
            path="ci.yml", component="ci", action="propose",
            proposal=".agency/scaffold/proposed/ci.yml", reason="a file that was not generated is there",
        ),
    ],
    components={"aws": 2, "ci": 1, "docs": 2},
    fallbacks=[FallbackLine(key="previews.enabled", default="true", taken="false")],
    idle=[IdleLine(key="previews.ttl_days", reason="needs previews.enabled=true, it is false")],
    checks=[
        CheckResult("yaml-syntax", "built-in", "passed", 3),
        CheckResult("promql", "built-in", "skipped", reason="no file to check"),
        CheckResult("actionlint", "external", "failed", 1),
        CheckResult("amtool", "external", "skipped", 1, "not installed: https://prometheus.io/download/"),
        CheckResult("bash", "external", "passed", 2),
    ],
    findings=[Finding("ci.yml", 3, 5, "actionlint/syntax", "unexpected key", fix="Remove it.")],
    todo=[
        TodoLine(id="DOMAIN", severity="blocking", file="a.tf", question="Which domain?", how="Write it."),
        TodoLine(id="LATER", severity="later", file="a.tf", question="Which budget?", how="Write it."),
    ],
    next=["make todo"],
)  # fmt: skip

EXPECTED = """\
Wrote to /srv/shop: 1 file made, 1 file of yours got a region of ours, 1 there already, 1 kept, 1 proposed

Files by component
  aws                    2
  ci                     1
  docs                   2

Yours was kept
  README.md: it was there already
  ci.yml: a file that was not generated is there
    ours: .agency/scaffold/proposed/ci.yml

Defaults that are not served yet
  previews.enabled: false is taken instead of true
Answers without effect here
  previews.ttl_days: needs previews.enabled=true, it is false

Checks
  passed  1 built-in rule
  skipped 1 built-in rule: promql
  failed  actionlint (1 file)
  skipped amtool: not installed: https://prometheus.io/download/
  passed  bash (2 files)
    ci.yml:3:5: unexpected key [actionlint/syntax]
      fix: Remove it.

Still yours to provide: 1 blocking, 1 more (.agency/scaffold/todo.yml)
  DOMAIN: Which domain?

Next
  make todo"""


def test_the_report_tells_everything_once() -> None:
    assert text.report(REPORT) == EXPECTED


def test_problems_say_what_was_given_what_is_valid_and_what_to_do() -> None:
    problem = Problem("cloud.provider", "no such choice", "asw", "aws, gcp", "aws", "See the list.")
    assert text.failure(AnswersError((problem,), source="--set")) == (
        "error: the answers were refused: 1 problem (--set)\n"
        "  cloud.provider: no such choice, 'asw' was given\n"
        "    did you mean: aws\n"
        "    valid: aws, gcp\n"
        "    See the list.\n"
        "nothing was written"
    )


def test_a_bug_of_ours_says_where_and_what_to_do() -> None:
    bug = BugError("our own output is wrong", hint="Report it.", findings=(Finding("a.tf", 0, 0, "x", "bad"),))
    assert text.failure(bug) == "error: our own output is wrong\n    a.tf: bad [x]\nhint: Report it."
