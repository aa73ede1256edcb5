"""What an update takes for its answers, and what it makes of the file."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

from generator.answers import Answers
from generator.answers.load import parse
from generator.answers.settings import assign
from generator.inputs import inputs
from generator.served import Fallback, settle

FILE = b"project: {name: shop}\nservices:\n  - name: a\n    version: %s  # mine\n"


def test_a_version_that_gets_its_quotes_is_written(tmp_path: Path) -> None:
    """Compared as text, 3.10 and "3.10" are equal: the file would stay as it is, and be refused the next time."""
    found = inputs(tmp_path, FILE % b"3.10", None, ("services[a].version=3.10",), None)
    assert found.answers.services[0].version == "3.10"
    assert found.text == FILE % b'"3.10"'


def test_what_was_set_before_changes_nothing(tmp_path: Path) -> None:
    there = FILE % b"'3.10'"
    assert inputs(tmp_path, there, there, ("services[a].version=3.10",), None).text == there


SHORT = b"""\
# ours
project: {name: shop}
services:
  - name: a   # the first
    kind: web
scaling:
  max: 8   # enough
"""


def asked(there: bytes, folder: Path, *settings: str) -> str:
    """The file after somebody changed these answers in the questionnaire, which gives all of them."""

    def ask(raw: dict[str, Any], _: Path) -> tuple[Answers, tuple[Fallback, ...]]:
        answers = copy.deepcopy(raw)
        assert assign(answers, settings) == ()
        return settle(answers)

    found = inputs(folder, there, None, (), ask)
    assert settle(parse(found.text.decode(), ""))[0] == found.answers
    return found.text.decode()


def test_questions_that_are_answered_as_before_write_nothing(tmp_path: Path) -> None:
    assert asked(SHORT, tmp_path).encode() == SHORT


def test_questions_write_the_answers_that_are_others_and_no_default(tmp_path: Path) -> None:
    short = SHORT.decode()
    assert asked(SHORT, tmp_path, "scaling.max=9") == short.replace("max: 8", "max: 9")
    named = asked(SHORT, tmp_path, "project.description=Our shop")
    assert named == short.replace("{name: shop}", "{name: shop, description: Our shop}")
    language = asked(SHORT, tmp_path, "services[a].language=go")
    assert [line.split("#")[0].rstrip() for line in language.splitlines() if line not in short] == ["    language: go"]


def test_questions_of_services_keep_what_the_file_says_of_them(tmp_path: Path) -> None:
    more = asked(SHORT, tmp_path, "services=a,mailer:worker:go")
    assert "  - name: a   # the first\n    kind: web\n" in more
    mailer = more.partition("- name: mailer")[2].partition("scaling:")[0]
    assert sorted(re.findall(r"^    (\w+):", mailer, re.MULTILINE)) == ["kind", "language"]


def test_answers_that_need_each_other_are_written_together(tmp_path: Path) -> None:
    """A job without a schedule is refused, and so is a schedule of what is no job."""
    before = SHORT.replace(b"scaling:", b"  - name: b\nscaling:")
    job = asked(before, tmp_path, "services[a].kind=job", "services[a].schedule=0 3 * * *")
    added = [line.split(" #")[0].strip() for line in job.splitlines() if line not in before.decode()]
    assert added == ["kind: job", "schedule: 0 3 * * *"]
    back = asked(job.encode(), tmp_path, "services[a].kind=web", "services[a].schedule=")
    assert settle(parse(back, ""))[0] == settle(parse(before.decode(), ""))[0]


def test_a_file_that_was_refused_is_mended_by_its_answers(tmp_path: Path) -> None:
    def ask(_: dict[str, Any], __: Path) -> tuple[Answers, tuple[Fallback, ...]]:
        return settle({"project": {"name": "shop"}})

    for wrong in (
        b"project: {name: shop}\nscaling: {max: none}\n",
        b"project: {nama: shop}\n",
        b"project: []\nservices: [1, {name: [2]}]\n",
    ):
        assert settle(parse(inputs(tmp_path, wrong, None, (), ask).text.decode(), ""))[0] == ask({}, tmp_path)[0]
