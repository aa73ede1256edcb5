"""The registry, the rules' documents, and what happens when a rule itself fails."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from generator.checks import RULES, check
from generator.checks.rule import Flaw, Format, Rule
from generator.checks.run import run
from generator.checks.source import Sources
from generator.errors import BugError
from generator.finding import Severity
from generator.tree import File, Tree
from tests.support.judge import judge
from tools.generate import checks_reference

FOLDER = Path(__file__).resolve().parents[2] / "generator/checks/rules"


def test_every_file_is_a_rule_under_its_name() -> None:
    assert list(RULES) == sorted(RULES)
    assert set(RULES) == {path.stem.replace("_", "-") for path in FOLDER.glob("[a-z]*.py")}
    for rule_id, rule in RULES.items():
        assert getattr(rule, "__name__", "").endswith(f".{rule_id.replace('-', '_')}")


@pytest.mark.parametrize("rule_id", RULES)
def test_a_rule_explains_itself(rule_id: str) -> None:
    title, blank, *rest = (RULES[rule_id].__doc__ or "").strip().splitlines()
    assert 20 <= len(title) <= 90
    assert not title.endswith(".")
    assert blank == ""
    assert len(" ".join(rest)) > 60, "say why it matters and how to put it right"


def test_importing_the_checks_loads_no_parser() -> None:
    heavy = ("yaml", "hcl2", "lark", "tree_sitter", "jsonschema_rs", "promql_parser", "jinja2")
    code = f"import sys, generator.checks; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_rule_that_looked_at_nothing_is_skipped() -> None:
    report = judge(Tree({"a.txt": File(b"x\n")}), ["yaml-syntax", "text-encoding"])
    assert [(r.name, r.status, r.files, r.reason) for r in report.checks] == [
        ("text-encoding", "passed", 1, ""),
        ("yaml-syntax", "skipped", 0, "no file to check"),
    ]


class Broken:
    """A rule with a bug."""

    FORMAT = Format.TEXT

    def files(self, sources: Sources) -> Iterable[str]:
        return sources.tree

    def check(self, sources: Sources, path: str) -> Iterator[Flaw]:
        raise KeyError("x")


class Twice:
    """A rule that comes upon one mistake by two ways."""

    FORMAT = Format.TEXT

    def files(self, sources: Sources) -> Iterable[str]:
        return sources.tree

    def check(self, sources: Sources, path: str) -> Iterator[Flaw]:
        yield from (Flaw(1, "b"), Flaw(1, "a"), Flaw(1, "b"))


def test_what_is_said_twice_is_one_mistake() -> None:
    verdict = run(Tree({"x": File(b"")}), {"twice": Twice()})
    assert [one.message for one in verdict.findings] == ["a", "b"]


def test_a_rule_with_a_bug_is_a_bug_not_a_pass() -> None:
    rules: dict[str, Rule] = {"broken": Broken()}
    with pytest.raises(BugError, match=r"check broken failed at a\.txt: KeyError"):
        run(Tree({"a.txt": File(b"")}), rules)


def test_in_what_people_edited_a_rule_that_fails_is_skipped_and_says_why() -> None:
    verdict = run(Tree({"a": File(b"")}), {"broken": Broken(), "yaml-syntax": RULES["yaml-syntax"]}, edited=True)
    broken = verdict.checks[0]
    assert (broken.name, broken.status) == ("broken", "skipped")
    assert broken.reason.startswith("it could not judge: check broken failed at a: ")


def test_an_empty_tree_has_no_findings() -> None:
    report = check(Tree({}))
    assert report.findings == ()
    assert {result.status for result in report.checks} == {"skipped"}


@pytest.mark.parametrize(
    "text", ["", "\n", "---\n", "a", "- 1\n", "null\n", "[]\n", "a: &a [*a]\n", "{", "\t", "a: *x\n"]
)
def test_any_text_in_any_place_makes_findings_not_failures(text: str) -> None:
    places = (
        "a.yml", "kustomization.yaml", ".github/workflows/a.yml", ".github/actions/a/action.yml",
        ".github/dependabot.yml", ".agency/scaffold/todo.yml", "agency-scaffold.yml", "docker-compose.yml",
        "a.json", "a.toml", ".env.example", "a.tf", "a.tfvars", "tests/a.tftest.hcl", "a.sh", "scripts/a.sh", "Dockerfile", "a.md",
        "Makefile", "a.mk",
    )  # fmt: skip
    shapes = (
        "{}",
        "apiVersion: v1\nkind: {}",
        "groups: {}",
        "route: {}\nreceivers: {}",
        "scrape_configs: {}",
        "jobs: {}",
    )
    for shape in shapes:
        check(Tree({place: File(shape.replace("{}", text).encode()) for place in places}))


@pytest.mark.parametrize("depth", [900, 20_000])
@pytest.mark.parametrize("path", ["a.yml", "a.json", "a.tf"])
def test_what_is_nested_too_deeply_is_a_finding(path: str, depth: int) -> None:
    text = "a = " * (path == "a.tf") + "[" * depth + "]" * depth + "\n"
    report = check(Tree({path: File(text.encode())}))
    assert {f.rule for f in report.findings} <= {"yaml-syntax", "json-syntax", "hcl-syntax"}


def test_the_page_of_all_rules_leads_to_each_by_format_and_says_how_bad_its_findings_are() -> None:
    page = checks_reference()
    for name, rule in RULES.items():
        assert f"[{name}](#{name})" in page
        (kinds,) = re.findall(rf"^## {name}\n\n{rule.FORMAT}: ([a-z, ]+)\n\n", page, re.MULTILINE)
        assert set(kinds.split(", ")) <= set(Severity), kinds
    assert "\n## action-pin\n\ngithub: error, warning\n" in page
