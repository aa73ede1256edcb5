"""The report as a person reads it."""

from __future__ import annotations

import re

import msgspec
import pytest

from generator.collisions import Collision
from generator.errors import AnswersError, BugError, Problem
from generator.finding import CheckResult, Finding
from generator.report import FallbackLine, FileLine, IdleLine, Report, TodoLine
from generator.reporters import say, text

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
    collisions=[
        Collision("make-target", "Makefile", "make build stays yours (Makefile:3)", "Ours is: make infra-build"),
        *(Collision("ignored", f"lib/{n:02}", "git leaves it out (.gitignore:1: lib/)", "Narrow it", ".gitignore:1 `lib/`") for n in range(12)),
    ],
    components={"aws": 2, "ci": 1, "docs": 2},
    fallbacks=[FallbackLine(key="previews.enabled", default="true", taken="false", reason="not served yet")],
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
    next=["git status", "make todo", "make verify"],
)  # fmt: skip

EXPECTED = """\
Wrote to /srv/shop: 1 file made, 1 file of yours got a region of ours, 1 there already, 1 kept, 1 proposed, and their record, .agency/scaffold/lock

Files by component
  aws                    2
  ci                     1
  docs                   2

Yours was kept
  README.md: it was there already
  ci.yml: a file that was not generated is there
    ours: .agency/scaffold/proposed/ci.yml
  To settle one, take what you want of ours into yours, then:
    that is done:         agency-scaffold resolve ci.yml --done
    yours stays as it is: agency-scaffold resolve ci.yml --mine
    ours takes its place: agency-scaffold resolve ci.yml --new
  agency-scaffold status lists those that are left.

Collides with what is there
  Makefile: make build stays yours (Makefile:3)
    Ours is: make infra-build
  .gitignore:1 `lib/` leaves out 12 files: lib/00, lib/01, lib/02 and 9 more
    Narrow it

Defaults that cannot be had
  previews.enabled: false is taken instead of true: not served yet
Answers without effect here
  previews.ttl_days: needs previews.enabled=true, it is false

Checks
  passed  1 built-in rule
  failed  actionlint (1 file)
  skipped amtool: not installed: https://prometheus.io/download/
  passed  bash (2 files)
    ci.yml:3:5: unexpected key [actionlint/syntax]
      fix: Remove it.

Still yours to provide: 1 blocking, 1 more (.agency/scaffold/todo.yml)
  DOMAIN: Which domain?

Next
  git status
  make todo
  make verify
make verify fails until nothing blocking is left; make todo says how to settle
  each."""


def test_the_report_tells_everything_once() -> None:
    assert text.report(REPORT) == EXPECTED


def test_a_dry_run_promises_nothing_that_is_not_there() -> None:
    told = text.report(msgspec.structs.replace(REPORT, dry_run=True, next=[]))
    assert told.startswith("Would write to /srv/shop: 1 file to be made, 1 file of yours would get a region of ours")
    assert not re.search(r"file made|was kept|make todo|make verify|check-todo|todo\.yml", told)


def test_an_interrupt_after_the_writing_is_told() -> None:
    told = text.report(msgspec.structs.replace(REPORT, interrupted=True, checks=[], findings=[]))
    assert "all is written, but the checks of other programs were not finished: scripts/verify.sh" in told
    assert "none ran" not in told


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


def test_problems_break_between_words_and_what_can_be_pasted_stays_whole() -> None:
    regions = ", ".join(f"ap-southeast-{n}" for n in range(1, 20))
    command = "x" * 90
    problem = Problem(
        "cloud.region", "no region of aws with three open zones in it", "frankfurt-main", regions, command
    )
    lines = text.failure(AnswersError((problem,))).splitlines()
    assert f"    did you mean: {command}" in lines
    others = [line for line in lines if command not in line]
    assert max(map(len, others)) < 80
    assert regions in " ".join(line.strip() for line in others)
    assert [line[:6] for line in others if line.lstrip().startswith("ap-")] == [" " * 6] * (len(others) - 5)


def test_what_is_printed_cannot_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\x1b[31mb\x9b2J\x07c\td\r\ne\rf\x7f\n\u00e9\r")
    assert capsys.readouterr().out == "a\\x1b[31mb\\x9b2J\\x07c\td\r\ne\\x0df\\x7f\n\u00e9\r\n"


def test_a_bug_of_ours_says_where_and_what_to_do() -> None:
    bug = BugError("our own output is wrong", hint="Report it.", findings=(Finding("a.tf", 0, 0, "x", "bad"),))
    assert text.failure(bug) == "error: our own output is wrong\n    a.tf: bad [x]\nhint: Report it."
