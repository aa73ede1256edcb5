"""What people say is meant is left out, with its reason; a suppression that does nothing is told."""

from __future__ import annotations

import pytest

from generator.checks import RULES, check
from generator.checks.external import TOOLS
from generator.checks.models import suppressed
from generator.checks.run import run
from generator.checks.source import Sources
from generator.checks.suppressions import Settled, settle
from generator.finding import CheckResult, Finding, Verdict
from generator.places import IGNORE
from generator.tree import File, Tree

TWICE = "a: 1\na: 2{}\n"
DUPLICATE = "yaml-duplicate-key"


def settled(text: str, rules: tuple[str, ...] = (DUPLICATE, "suppression"), path: str = "a.yaml") -> Settled:
    sources = Sources(Tree({path: File(text.encode())}))
    verdict = run(sources, {rule: RULES[rule] for rule in rules})
    return settle(sources, verdict, (*RULES, *TOOLS))


def entries(text: str, *rules: str, **files: str) -> Settled:
    """What is left of a tree with these entries; `a__b` stands for `a/b.json`."""
    tree = {f"{name.replace('__', '/')}.json": File(content.encode()) for name, content in files.items()}
    sources = Sources(Tree({IGNORE: File(text.encode()), **tree}))
    verdict = run(
        sources, {rule: RULES[rule] for rule in rules or ("json-duplicate-key", "json-syntax", "suppression")}
    )
    return settle(sources, verdict, (*RULES, *TOOLS))


def told(result: Settled) -> list[str]:
    return [f"{f.line}:{f.column} {f.message} [{f.rule}]" for f in result.verdict.findings]


@pytest.mark.parametrize(
    "text",
    [
        f"a: 1\na: 2  # agency-scaffold-ignore {DUPLICATE}: a test of duplicates\n",
        f"a: 1\n# agency-scaffold-ignore {DUPLICATE}: a test of duplicates\n\n# more of it\na: 2\n",
        f"# agency-scaffold-ignore-file {DUPLICATE}: a test of duplicates\na: 1\na: 2\n",
    ],
    ids=["on its line", "above it", "for the file"],
)
def test_a_finding_that_is_meant_is_left_out_with_its_reason(text: str) -> None:
    result = settled(text)
    assert told(result) == []
    assert {check.status for check in result.verdict.checks} == {"passed"}
    assert [(f.rule, reason) for f, reason in result.suppressed] == [(DUPLICATE, "a test of duplicates")]


@pytest.mark.parametrize("line", ["{# %s #}", "{{/* %s */}}", "# %s", "// %s"])
def test_a_template_has_comments_of_its_own(line: str) -> None:
    content = line % "agency-scaffold-ignore a: its reason" + "\nb\n"
    [found] = suppressed.in_file(Sources(Tree({"a.j2": File(content.encode())})), "a.j2")
    assert (found.rule, found.reason, found.target) == ("a", "its reason", 2)


def test_without_a_reason_nothing_is_suppressed() -> None:
    result = settled(TWICE.format(f"  # agency-scaffold-ignore {DUPLICATE}"))
    assert told(result) == [
        f"2:1 key a is already given in line 1 [{DUPLICATE}]",
        f"2:7 the suppression of {DUPLICATE} has no reason [suppression]",
    ]
    assert result.suppressed == ()


def test_a_suppression_is_about_its_line_and_its_rule_alone() -> None:
    above = f"a: 1 # agency-scaffold-ignore {DUPLICATE}: the wrong line\na: 2\n"
    assert told(settled(above)) == [
        f"1:6 {DUPLICATE} finds nothing here: the suppression is not needed [suppression]",
        f"2:1 key a is already given in line 1 [{DUPLICATE}]",
    ]
    other = TWICE.format(" # agency-scaffold-ignore yaml-syntax: the wrong rule")
    assert told(settled(other)) == [f"2:1 key a is already given in line 1 [{DUPLICATE}]"]
    assert len(told(settled(other, (DUPLICATE, "yaml-syntax", "suppression")))) == 2, (
        "yaml-syntax ran, and is not needed"
    )


def test_of_several_names_each_must_be_needed() -> None:
    result = settled(TWICE.format(f" # agency-scaffold-ignore {DUPLICATE}, yaml-bomb: both"), (*RULES,))
    assert told(result) == ["2:6 yaml-bomb finds nothing here: the suppression is not needed [suppression]"]


def test_a_name_that_no_rule_has_is_told_with_the_nearest() -> None:
    result = settled("a: 1 # agency-scaffold-ignore yaml-duplicate-keys: why not\n")
    assert told(result) == ["1:6 no rule is called yaml-duplicate-keys; did you mean yaml-duplicate-key? [suppression]"]
    assert next(c for c in result.verdict.checks if c.name == "suppression").status == "failed"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("all", "all belongs into .agency-scaffold-ignore.yml: a comment names its rules"),
        ("shell", "shell is a format: rules alone are suppressed"),
    ],
)
def test_what_no_comment_can_name_is_told(name: str, message: str) -> None:
    result = settled(f"# agency-scaffold-ignore {name}: it is meant\na: 1\n")
    assert [finding.message for finding in result.verdict.findings] == [message]
    assert all(finding.fix.startswith("Name the rule") for finding in result.verdict.findings)


def test_a_dot_is_the_whole_repository() -> None:
    result = entries(ENTRY.format("."), a__b=DOUBLE, ab=DOUBLE)
    assert told(result) == []
    assert [f.path for f, _ in result.suppressed] == ["a/b.json", "ab.json"]


def test_findings_of_other_programs_are_suppressed_by_their_own_names() -> None:
    sources = Sources(Tree({"Dockerfile": File(b"# agency-scaffold-ignore hadolint/DL3006: it is local\nFROM a\n")}))
    found = Finding("Dockerfile", 2, 0, "hadolint/DL3006", "Always tag")
    other = Finding("Dockerfile", 2, 0, "hadolint/DL3007", "Never latest")
    failed = (CheckResult("hadolint", "external", "failed", 1), CheckResult("suppression", "built-in", "passed", 1))
    for findings, status in (((found,), "passed"), ((found, other), "failed")):
        result = settle(sources, Verdict(failed, findings), TOOLS)
        assert result.verdict.findings == findings[1:]
        assert result.verdict.checks[0].status == status
    skipped = CheckResult("hadolint", "external", "skipped", 1, "not installed: get it")
    assert settle(sources, Verdict((skipped, failed[1])), TOOLS).verdict.findings == (), "nobody looked"
    ran = CheckResult("hadolint", "external", "passed", 1)
    assert len(settle(sources, Verdict((ran, failed[1])), TOOLS).verdict.findings) == 1, "it is not needed"


def test_a_program_that_broke_stays_failed() -> None:
    sources = Sources(Tree({"a.sh": File(b"# agency-scaffold-ignore shellcheck/SC1: x\n")}))
    broke = Verdict(
        (CheckResult("shellcheck", "external", "failed", 1, "ended with 2"),),
        (Finding("", 0, 0, "shellcheck", "ended with 2"),),
    )
    assert settle(sources, broke, TOOLS).verdict == broke


def test_all_who_judge_leave_it_out() -> None:
    text = TWICE.format(f" # agency-scaffold-ignore {DUPLICATE}: meant")
    assert check(Tree({"a.yaml": File(text.encode())})).findings == ()


def test_nobody_silences_what_is_said_of_suppressions() -> None:
    text = "a: 1 # agency-scaffold-ignore-file suppression: quiet\nb: 2 # agency-scaffold-ignore yaml-bomb\n"
    assert "2:6 the suppression of yaml-bomb has no reason [suppression]" in told(settled(text))


ENTRY = "- rule: json-duplicate-key\n  path: {}\n  reason: Grafana writes it so\n"
DOUBLE = '{"a": 1, "a": 2}'


@pytest.mark.parametrize(
    "path", ["a/b.json", "a", "a/", "./a/b.json", "a/*.json", "*/b.json", "**/b.json", "**", "**/a", "a/**", "**/**/a"]
)
def test_an_entry_of_the_file_is_about_a_path_a_folder_or_a_pattern(path: str) -> None:
    result = entries(ENTRY.format(f"'{path}'"), a__b=DOUBLE)
    assert told(result) == []
    assert [(f.path, reason) for f, reason in result.suppressed] == [("a/b.json", "Grafana writes it so")]
    assert {check.status for check in result.verdict.checks} <= {"passed"}


def test_an_entry_is_about_its_paths_and_its_rules_alone() -> None:
    result = entries(ENTRY.format("a/*"), a__b=DOUBLE, ab=DOUBLE, a__c="{")
    assert [one.partition("[")[2] for one in told(result)] == ["json-syntax]", "json-duplicate-key]"]
    both = ENTRY.replace("json-duplicate-key", "json-duplicate-key, json-syntax").format("a")
    assert [f.path for f in entries(both, a__b=DOUBLE, ab=DOUBLE, a__c="{").verdict.findings] == ["ab.json"]
    every = ENTRY.replace("json-duplicate-key", "all").format("a")
    assert [f.path for f in entries(every, a__b=DOUBLE, ab=DOUBLE, a__c="{").verdict.findings] == ["ab.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY.format("a/c.json"), "2:9 there is no file a/c.json; did you mean a/b.json? [suppression]"),
        (ENTRY.format("x/b.json"), "2:9 there is no file x/b.json; did you mean a/b.json? [suppression]"),
        (ENTRY.format("a/*.yaml"), "2:9 there is no file a/*.yaml [suppression]"),
        (
            ENTRY.replace("duplicate-key", "duplicate-keys").format("a"),
            "1:9 no rule is called json-duplicate-keys; did you mean json-duplicate-key? [suppression]",
        ),
        (
            ENTRY.replace("duplicate-key", "syntax").format("a"),
            "1:9 json-syntax finds nothing in a: the entry is not needed [suppression]",
        ),
        (ENTRY.replace("json-duplicate-key", "all").format("c.json"), "1:9 all finds nothing in c.json: the entry is not needed [suppression]"),
        ("- rule: json-syntax\n  path: a\n", "1:3 the entry has no reason [suppression]"),
        ("- rule: json-syntax\n  path: a\n  reason:\n", "3:3 the entry has no reason [suppression]"),
        ("- path: a\n  reason: x\n", "1:3 the entry has no rule [suppression]"),
        ("- rule: json-syntax\n  reason: x\n", "1:3 the entry has no path [suppression]"),
        ("- rule: [json-syntax]\n  path: a\n  reason: x\n", "1:9 rule must be a text [suppression]"),
        (
            ENTRY.format("a") + "  lines: 3\n",
            "4:3 an entry has no lines: it has rule, path and reason [suppression]",
        ),
        ("rules: {}\n", "1:1 this must be a list of entries with rule, path and reason [suppression]"),
        ("- json-syntax\n", "1:3 this must be an entry with rule, path and reason [suppression]"),
    ],
)  # fmt: skip
def test_an_entry_that_does_nothing_is_told_where_it_stands(text: str, message: str) -> None:
    result = entries(text, a__b=DOUBLE, c="{}")
    here = [f"{f.line}:{f.column} {f.message} [{f.rule}]" for f in result.verdict.findings if f.path == IGNORE]
    assert here == [message]


def test_nothing_is_said_of_entries_where_nobody_looked() -> None:
    unused = ENTRY.replace("json-duplicate-key", "hadolint/DL3008").format("a")
    assert told(entries(unused, a__b="{}")) == []
    every = ENTRY.replace("json-duplicate-key", "all").format("a")
    sources = Sources(Tree({IGNORE: File(every.encode()), "a/b": File(b"")}))
    checks = (CheckResult("suppression", "built-in", "passed", 1), CheckResult("trivy", "external", "skipped", 1, "no"))
    assert settle(sources, Verdict(checks), TOOLS).verdict.findings == (), "trivy might find something"


def test_an_empty_file_and_one_that_cannot_be_read_suppress_nothing() -> None:
    for text in ("", "# nothing yet\n", "- rule: *\n"):
        assert [f.path for f in entries(text, a__b=DOUBLE).verdict.findings] == ["a/b.json"]


def test_an_update_knows_the_rules_of_other_programs() -> None:
    verdict = check(Tree({"Dockerfile": File(b"# agency-scaffold-ignore hadolint/DL3006: ours\nFROM a:1\nUSER 1\n")}))
    assert "suppression" not in {finding.rule for finding in verdict.findings}


ROOT_USER = b"FROM a\nUSER root\n"


@pytest.mark.parametrize(
    ("comment", "entry"),
    [
        (b"", "- {rule: dockerfile-user, path: a, reason: it needs a low port}"),
        (b"# agency-scaffold-ignore-file dockerfile-user: it needs a low port\n", ""),
    ],
)
def test_what_is_said_once_is_said_of_those_that_are_not_meant(comment: bytes, entry: str) -> None:
    user = {"dockerfile-user": RULES["dockerfile-user"]}
    files = {f"{name}/Dockerfile": File((comment if name == "a" else b"") + ROOT_USER) for name in "abc"}
    sources = Sources(Tree({IGNORE: File(entry.encode()), **files}))
    result = settle(sources, run(sources, user), RULES)
    once = "USER root is not a number other than 0 (the same in 2 of 3 places, said once)"
    assert [(f.path, f.message) for f in result.verdict.findings] == [("b/Dockerfile", once)]
    assert [f.path for f, _ in result.suppressed] == ["a/Dockerfile"]
    every = settle(sources, run(sources, user), RULES, every=True).verdict.findings
    plain = "USER root is not a number other than 0"
    assert [(f.path, f.message) for f in every] == [("b/Dockerfile", plain), ("c/Dockerfile", plain)]


def test_a_suppression_of_another_rule_changes_nothing_of_what_is_said_once() -> None:
    entry = b"- {rule: image-tag, path: ., reason: built here}"
    sources = Sources(Tree({IGNORE: File(entry), **{f"{name}/Dockerfile": File(ROOT_USER) for name in "abc"}}))
    result = settle(sources, run(sources, {"dockerfile-user": RULES["dockerfile-user"]}), RULES)
    assert len(result.verdict.findings) == 1


def test_what_is_said_once_is_said_where_it_is_told() -> None:
    tree = Tree({f"{name}/Dockerfile": File(ROOT_USER) for name in "abc"})
    sources = Sources(tree, quiet=frozenset({"a/Dockerfile"}))
    result = settle(sources, run(sources, {"dockerfile-user": RULES["dockerfile-user"]}), RULES)
    assert [f.path for f in result.verdict.findings] == ["b/Dockerfile"]
