"""Where other programs find something: their own line and column, one finding for each mistake.

What they answer was recorded, of promtool 2.42.0 and of the versions that the extra `tools` pins.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator.finding import Finding
from generator.reporters import validation_text
from generator.tree import File, Tree
from tests.checks.test_external import alone, fake, result
from tests.checks.test_external_tools import CFN, TFLINT, answering, issue
from tests.support.generated import write

__all__ = ["alone"]

WORKFLOW = ".github/workflows/a.yml"
START = {"start_point": {"row": 1, "column": 4}, "end_point": {"row": 1, "column": 9}}
RECORDED: dict[str, tuple[str, Any]] = {
    "actionlint": (WORKFLOW, [{"filepath": WORKFLOW, "line": 2, "column": 5, "kind": "syntax-check", "message": "x"}]),
    "cfn-lint": (
        "stack.yaml",
        [
            {
                "Filename": "stack.yaml",
                "Level": "Error",
                "Location": {"Start": {"ColumnNumber": 5, "LineNumber": 2}},
                "Message": "x",
                "Rule": {"Id": "E3002"},
            }
        ],
    ),
    "hadolint": (
        "Dockerfile",
        [{"file": "Dockerfile", "line": 2, "column": 5, "code": "DL3008", "level": "warning", "message": "x"}],
    ),
    "shellcheck": (
        "a.sh",
        {"comments": [{"file": "a.sh", "line": 2, "column": 5, "level": "info", "code": 2086, "message": "x"}]},
    ),
    "tflint": (
        "m/a.tf",
        {"issues": [issue("a") | {"range": {"filename": "m/a.tf", "start": {"line": 2, "column": 5}}}], "errors": []},
    ),
    "yamllint": ("a.yaml", "a.yaml:2:5: [error] x (key-duplicates)\n"),
    "zizmor": (
        WORKFLOW,
        [
            {
                "ident": "template-injection",
                "desc": "x",
                "determinations": {"severity": "High"},
                "locations": [
                    {"symbolic": {"kind": "Primary", "key": {"Local": {"given_path": WORKFLOW}}},
                     "concrete": {"location": START}}
                ],
            }
        ],
    ),
}  # fmt: skip
FILES = {
    **CFN,
    **TFLINT,
    "m/a.tf": File(b'\nvariable "a" {}\n'),
    WORKFLOW: File(b"on: push\njobs: {}\n"),
    "Dockerfile": File(b"FROM a\nRUN b\n"),
    "a.sh": File(b"#!/bin/bash\nls $1\n"),
    "a.yaml": File(b"a: 1\nbbbb: 2\n"),
}


@pytest.mark.parametrize("name", RECORDED)
def test_the_column_that_a_program_tells_is_told(name: str, alone: Path, tmp_path: Path) -> None:
    path, said = RECORDED[name]
    answering(alone, name, said, 1)
    found = result(name, write(Tree(FILES), tmp_path / "tree"), FILES)
    assert [(one.path, one.line, one.column) for one in found.findings] == [(path, 2, 5)], found.reason


def test_a_column_in_a_line_that_is_not_there_is_none(alone: Path, tmp_path: Path) -> None:
    answering(alone, "yamllint", "a.yaml:9:5: [error] x (syntax)\na.yaml:0:5: [error] y (syntax)\n", 1)
    found = result("yamllint", write(Tree(FILES), tmp_path / "tree"), FILES)
    assert [(one.line, one.column) for one in found.findings] == [(0, 0), (3, 0)]


@pytest.mark.parametrize(("line", "column", "place"), [(2, 5, "a:2:5"), (2, 0, "a:2"), (0, 0, "a")])
def test_what_is_not_known_of_a_place_is_not_printed(line: int, column: int, place: str) -> None:
    (told, *_) = validation_text._findings([Finding("a", line, column, "r", "m")])
    assert told == f"{place}: error: m [r]"


RULES = b"groups:\n  - name: a\n    rules:\n" + b"      - {record: a, expr: b}\n" * 7
"""Ten lines."""
CHECKED = """\
Checking rules.yml
  FAILED:
rules.yml: 5:15: group "a", rule 1, "a": could not parse expression: 1:5: parse error: unclosed left parenthesis
rules.yml: 7:15: group "a", rule 2, "b": could not parse expression: 3:1: parse error: unclosed left parenthesis
rules.yml: group "a", rule 3, "B": invalid label name: a-b
rules.yml: 0:0: group "a", rule 4, "c": field 'expr' must be set in rule
"""
OF_CHECK = [
    (0, 0, 'group "a", rule 3, "B": invalid label name: a-b'),
    (0, 0, 'group "a", rule 4, "c": field \'expr\' must be set in rule'),
    (5, 15, 'group "a", rule 1, "a": could not parse expression: 1:5: parse error: unclosed left parenthesis'),
    (7, 15, 'group "a", rule 2, "b": could not parse expression: 3:1: parse error: unclosed left parenthesis'),
]
OF_YAML = [(3, 0, "field foo not found in type x"), (4, 0, "field bar not found in type x")]
FIELDS = "yaml: unmarshal errors:\n  line 3: field foo not found in type x\n  line 4: field bar not found in type x\n"
MONITOR = b"scrape_configs:\n  - job_name: a\n    scheme: http\n    foo: 1\n"
TEST = b"rule_files: [rules.yml]\ntests: []\n\n\n"


@pytest.mark.parametrize(
    ("path", "content", "said", "places"),
    [
        ("rules.yml", RULES, CHECKED, OF_CHECK),
        ("rules.yml", RULES, f"Checking rules.yml\n  FAILED:\nrules.yml: {FIELDS}", OF_YAML),
        ("rules.yml", RULES, "  FAILED:\nrules.yml: yaml: line 3: did not find x\n", [(3, 0, "did not find x")]),
        ("rules.yml", RULES, '  FAILED:\nrules.yml: no duration: "5x"\n', [(0, 0, 'no duration: "5x"')]),
        ("prometheus.yml", MONITOR, f"Checking it\n  FAILED: parsing YAML file prometheus.yml: {FIELDS}", OF_YAML),
        ("test.yml", TEST, f"Unit Testing:  test.yml\n  FAILED:\n{FIELDS}", OF_YAML),
        ("test.yml", TEST, f"  FAILED:\nrules.yml: {FIELDS}",
         [(0, 0, "rules.yml: yaml: unmarshal errors: line 3: field foo not found in type x line 4: field bar not found in type x")]),
        ("test.yml", TEST, "  FAILED:\n    alertname: B, time: 1m, \n        exp:[], \n        got:[]\n",
         [(0, 0, "alertname: B, time: 1m, exp:[], got:[]")]),
    ],
)  # fmt: skip
def test_promtool_tells_each_mistake_at_its_own_place(
    path: str, content: bytes, said: str, places: list[tuple[int, int, str]], alone: Path, tmp_path: Path
) -> None:
    files = {path: File(content)}
    (alone / "said").write_text(said)
    fake(alone, "promtool", f"PATH=/bin:/usr/bin; cat {alone}/said >&2; exit 1")
    found = result("promtool", write(Tree(files), tmp_path / "tree"), files)
    assert [(one.line, one.column, one.message) for one in found.findings] == places, found.reason


def test_terraform_fmt_tells_a_file_with_a_blank_in_its_name(alone: Path, tmp_path: Path) -> None:
    said = "\nError: Missing expression\n\n  on m/a b.tf line 2:\n   2: \n\nExpected the start of an expression.\n\n"
    fake(alone, "terraform", f"printf '{said}' >&2; exit 2")
    files = {"m/a b.tf": File(b"a = {\n\n")}
    found = result("terraform-fmt", write(Tree(files), tmp_path / "tree"), files)
    assert [(one.path, one.line, one.message) for one in found.findings] == [("m/a b.tf", 2, "Missing expression")]
