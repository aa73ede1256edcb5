"""`validate` and `explain` from the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from generator.checks import RULES
from generator.checks.external import TOOLS
from generator.checks.external.tool import Skip
from generator.checks.rule import Format
from generator.cli.main import main
from generator.finding import Finding
from tests.update.shop import ANSWERS, Shop

ROOT = Path(__file__).resolve().parents[2]
TWICE = "metadata:\n  a: 1\n  a: 2\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an error, a warning and a finding that is meant."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web/a.yaml").write_text(TWICE)
    (tmp_path / "web/b.yaml").write_text("a: 1\na: 2 # agency-scaffold-ignore yaml-duplicate-key: it shows one\n")
    (tmp_path / "loop.md").symlink_to("loop.md")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str | Path, code: int) -> str:
    assert main(["validate", *map(str, words), "--external", "never"]) == code
    return capsys.readouterr().out


def test_findings_are_told_with_place_severity_and_rule(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, folder, code=1).splitlines()
    assert lines[0].startswith("loop.md: warning: it cannot be read: ")
    assert lines[1:4] == [
        "web/a.yaml:3:3: error: key a is already given in line 2 [yaml-duplicate-key]",
        "  fix: Keep one of the two.",
        "",
    ]
    assert lines[4].startswith("2 files of 5 lines judged by ")
    assert "1 error, 1 warning; 1 finding suppressed" in " ".join(line.strip() for line in lines[4:])
    assert lines[-1] == "agency-scaffold explain RULE says more of each, and how to say that one is meant."


def test_warnings_fail_with_strict_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "web/a.yaml").write_text("a: 1\n")
    assert "1 warning" in said(capsys, folder, code=0)
    assert "1 warning" in said(capsys, folder, "--strict", code=1)


def test_nothing_found_is_said_with_what_was_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n")
    assert "1 file of 1 line judged by" in said(capsys, tmp_path, code=0)
    assert said(capsys, tmp_path, code=0).rstrip().endswith("nothing found")


def test_only_and_skip(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "yaml-duplicate-key" not in said(capsys, folder, "--skip", "yaml", code=0)
    assert "yaml-duplicate-key" in said(capsys, folder, "--only", "yaml", code=1)
    assert "yaml-duplicate-key" not in said(capsys, folder, "--only", "promql,docker", "--skip", "hadolint", code=0)


def test_of_some_rules_alone_no_suppression_is_called_needless(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text("a: 1 # agency-scaffold-ignore yaml-duplicate-key: not any more\n")
    assert "is not needed" in said(capsys, tmp_path, code=1)
    assert "is not needed" not in said(capsys, tmp_path, "--only", "yaml,text", code=0)


def test_what_is_said_once_is_told_of_each_place_with_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in "abc":
        (tmp_path / f"{name}.Dockerfile").write_text("FROM a:1\nUSER root\n")
    once = said(capsys, tmp_path, "--only", "dockerfile-user", code=0)
    assert (
        "a.Dockerfile:2:1: warning: USER root is not a number other than 0 (the same in 3 of 3 places, said once)"
        in once
    )
    assert "b.Dockerfile" not in once
    assert once.count("--all tells each place of what is said once") == 1
    every = said(capsys, tmp_path, "--only", "dockerfile-user", "--all", code=0)
    assert [line.partition(":")[0] for line in every.splitlines() if "warning: USER" in line] == [
        f"{name}.Dockerfile" for name in "abc"
    ]
    assert "once" not in every
    report = json.loads(said(capsys, tmp_path, "--only", "dockerfile-user", "--format", "json", code=0))
    assert [finding["places"] for finding in report["findings"]] == [3]
    (tmp_path / ".agency-scaffold-ignore.yml").write_text(
        "- {rule: dockerfile-user, path: a.Dockerfile, reason: it needs a low port}\n"
    )
    printed = said(capsys, tmp_path, "--only", "dockerfile-user", "--format", "json", code=0)
    assert len(json.loads(printed)["suppressed"]) == 1
    assert "_found" not in printed, "a name of ours"
    (tmp_path / ".agency-scaffold-ignore.yml").unlink()
    every = said(capsys, tmp_path, "--only", "dockerfile-user", "--all", "--format", "sarif", code=0)
    assert len(json.loads(every)["runs"][0]["results"]) == 3


def test_json_is_as_its_schema_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(said(capsys, folder, "--format", "json", code=1))
    jsonschema_rs.validator_for(json.loads((ROOT / "docs/report.schema.json").read_text())).validate(report)
    assert [(f["path"], f["line"], f["column"], f["severity"]) for f in report["findings"]] == [
        ("loop.md", 0, 0, "warning"),
        ("web/a.yaml", 3, 3, "error"),
    ]
    assert report["suppressed"][0]["reason"] == "it shows one"
    assert (report["files"], report["lines"], report["exit_code"]) == (2, 5, 1)


def test_sarif_names_places_from_the_top_of_the_repository(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    (folder / "web/ö c.yaml").write_text("a: [\n")
    log: dict[str, Any] = json.loads(said(capsys, folder / "web", "--format", "sarif", code=1))
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert log["version"] == "2.1.0"
    found = [
        (r["ruleId"], r["level"], place["artifactLocation"]["uri"], place["region"])
        for r in run["results"]
        for place in [r["locations"][0]["physicalLocation"]]
    ]
    assert found == [
        ("yaml-duplicate-key", "error", "web/a.yaml", {"startLine": 3, "startColumn": 3}),
        ("yaml-syntax", "error", "web/%C3%B6%20c.yaml", {"startLine": 2, "startColumn": 1}),
        ("yaml-duplicate-key", "error", "web/b.yaml", {"startLine": 2, "startColumn": 1}),
    ]
    assert [r.get("suppressions") for r in run["results"]] == [
        None,
        None,
        [{"kind": "inSource", "justification": "it shows one"}],
    ]
    assert [rules[r["ruleIndex"]]["id"] for r in run["results"]] == [r["ruleId"] for r in run["results"]]
    assert rules[0]["shortDescription"]["text"].endswith(".")
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_github_gets_a_command_for_each_finding(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "web/a.yaml").write_text('"a%:,b": 1\n"a%:,b": 2\n')
    (folder / "web/x,y.yaml").write_text("a: 1\na: 2\n")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    lines = said(capsys, folder / "web", "--format", "github", code=1).splitlines()
    assert lines[:2] == [
        "::error file=web/a.yaml,line=2,col=1,title=yaml-duplicate-key::key a%25:,b is already given in line 1%0Afix: Keep one of the two.",
        "::error file=web/x%2Cy.yaml,line=2,col=1,title=yaml-duplicate-key::key a is already given in line 1%0Afix: Keep one of the two.",
    ]
    assert not any(line.startswith("::") for line in lines[2:])


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["nowhere"], 3, "nowhere is not there"),
        (["--only", "promqll"], 2, "there is no check promqll, did you mean promql?"),
        (["--format", "xml"], 2, "'xml' is not one of"),
        (["--external", "maybe"], 2, "'maybe' is not one of"),
        (["--external", "never", "--only", "hadolint,shellcheck"], 2, "nothing is left to check"),
        (["--only", "terraform", "--skip", "terraform"], 2, "nothing is left to check"),
        (["--only", "zizmor/unpinned-uses"], 2, "there is no check zizmor/unpinned-uses, choose zizmor: a program"),
        (["a.yaml"], 3, "Give the folder that it is in: ."),
        (["b/a c.yaml"], 3, "Give the folder that it is in: b"),
    ],
)
def test_what_cannot_be_done_is_said(
    words: list[str],
    code: int,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b").mkdir()
    for path in ("a.yaml", "b/a c.yaml"):
        (tmp_path / path).write_text("a: 1\n")
    assert main(["validate", *words]) == code
    assert told in capsys.readouterr().err


def test_a_program_that_is_required_and_missing_is_told_before_anything_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "Dockerfile").write_text("FROM a:1\nUSER 1\n")
    monkeypatch.setattr("generator.checks.external.find", lambda _: "")
    assert main(["validate", str(folder), "--external", "require"]) == 4
    told = capsys.readouterr()
    assert "hadolint is not installed: pip install" in told.err
    assert "promtool" not in told.err, "it has nothing to judge"
    assert told.out == ""
    assert main(["validate", str(folder), "--external", "require", "--only", "yaml"]) == 4
    assert "yamllint is not installed" in capsys.readouterr().err
    assert main(["validate", str(folder), "--external", "require", "--only", "yaml-duplicate-key"]) == 1


def test_a_program_that_is_required_and_cannot_judge_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cannot(_: object) -> Iterator[Finding]:
        raise Skip("no schemas on disk")
        yield

    monkeypatch.setattr("generator.checks.external.tool.find", lambda _: "/bin/true")
    monkeypatch.setattr("generator.checks.external.find", lambda _: "/bin/true")
    monkeypatch.setitem(TOOLS, "hadolint", replace(TOOLS["hadolint"], run=cannot))
    (tmp_path / "Dockerfile").write_text("FROM a:1\nUSER 1\n")
    for external, code in (("require", 1), ("auto", 0)):
        assert main(["validate", str(tmp_path), "--only", "hadolint", "--external", external]) == code
        assert "no schemas on disk" in capsys.readouterr().out


def test_other_programs_are_run_in_parallel_and_each_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "web/a.yaml").write_text("a:   1\n")
    code = main(["validate", str(folder), "--only", "yamllint,hadolint,kubernetes"])
    told = capsys.readouterr().out
    assert "yamllint" in told
    assert "hadolint" not in told, "there is no Dockerfile"
    assert code in {0, 1}


def test_our_own_output_passes_and_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = Shop.generated(tmp_path / "shop", ANSWERS)
    before = {path: path.stat().st_mtime_ns for path in shop.root.rglob("*")}
    assert said(capsys, shop.root, "--strict", code=0).rstrip().endswith("nothing found")
    assert {path: path.stat().st_mtime_ns for path in shop.root.rglob("*")} == before


def test_what_waits_for_a_decision_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shop/scripts").mkdir(parents=True)
    (tmp_path / "shop/scripts/deploy.sh").write_text("#!/usr/bin/env bash\nset -euo pipefail\n")
    shop = Shop(tmp_path / "shop")
    (shop.root / "answers.yml").write_text(ANSWERS if isinstance(ANSWERS, str) else "")
    assert main(["new", str(shop.root), "--answers", str(shop.root / "answers.yml"), "--no-check"]) == 1
    capsys.readouterr()
    told = said(capsys, shop.root, "--only", "waiting", code=1)
    assert told.startswith(
        "scripts/deploy.sh: error: ours waits beside it: .agency/scaffold/proposed/scripts/deploy.sh"
    )
    assert "resolve scripts/deploy.sh" in told


def test_the_folder_may_be_read_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(path.name for path in folder.iterdir())
    folder.chmod(0o555)
    said(capsys, folder, code=1)
    folder.chmod(0o755)
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_page(rule: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", rule]) == 0
    page = capsys.readouterr().out
    assert page.startswith(f"{rule} ({RULES[rule].FORMAT}):")
    assert (f"agency-scaffold-ignore {rule}: why" in page) or f"- rule: {rule}\n" in page or rule == "suppression"
    assert max(map(len, page.splitlines())) <= 79 + len("    # agency-scaffold-ignore : why it is meant")


def test_explain_lists_all_by_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    told = capsys.readouterr().out
    for name in (*RULES, *TOOLS, *Format):
        assert any(line.split()[0] == name for line in told.splitlines() if line), name


def page(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["explain", *words]) == 0
    return capsys.readouterr().out


def test_a_page_shows_how_its_format_says_that_a_finding_is_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert "above:\n\n    # agency-scaffold-ignore pod-root: why it is meant\n" in page(capsys, "pod-root")
    assert "    # agency-scaffold-ignore dockerfile-user: why" in page(capsys, "dockerfile-user")
    assert "the line above:" in page(capsys, "dockerfile-user"), "a Dockerfile has no comments behind instructions"
    assert "    <!-- agency-scaffold-ignore markdown-link: why it is meant -->" in page(capsys, "markdown-link")
    entry = (
        "say so in .agency-scaffold-ignore.yml:\n\n    - rule: {}\n      path: the file, or a folder\n      reason: why"
    )
    for rule in ("json-duplicate-key", "text-encoding", "readable"):
        assert entry.format(rule) in page(capsys, rule)
        assert "agency-scaffold-ignore " not in page(capsys, rule)
    assert "agency-scaffold-ignore.yml" in page(capsys, "secret-token"), "it may stand in JSON"


def test_explain_lists_the_checks_of_a_format(capsys: pytest.CaptureFixture[str]) -> None:
    told = page(capsys, "docker")
    listed = {line.split()[0] for line in told.splitlines() if line.startswith("  ")}
    assert listed >= {"dockerfile-user", "image-tag", "hadolint"}
    assert not listed & {"pod-root", "shellcheck"}
    assert "Images run as a numbered user that is not root" in told, "with their titles"
    assert "Dockerfiles, and the shell inside them" in told


def test_explain_knows_what_is_no_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "promqll"]) == 2
    assert "there is no check promqll, did you mean promql?" in capsys.readouterr().err
    assert main(["explain", "docker-compose"]) == 2
    assert "there is no check docker-compose, did you mean docker?" in capsys.readouterr().err
    assert main(["explain", "kuberntes"]) == 2
    assert "there is no check kuberntes, did you mean kubernetes?" in capsys.readouterr().err
    assert main(["explain", "hadolnt/DL3008"]) == 2
    assert "there is no check hadolnt/DL3008, did you mean hadolint?" in capsys.readouterr().err
    assert main(["explain", "promql/x"]) == 2
    assert "promql is a rule of ours, and has none of its own" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        ("hadolint/DL3008", "https://github.com/hadolint/hadolint/wiki/DL3008"),
        ("hadolint/SC2086", "https://www.shellcheck.net/wiki/SC2086"),
        ("shellcheck/SC2086", "https://www.shellcheck.net/wiki/SC2086"),
        ("zizmor/artipacked", "https://docs.zizmor.sh/audits/#artipacked"),
        ("trivy/AVD-AWS-0107", "https://avd.aquasec.com/misconfig/avd-aws-0107"),
        (
            "tflint/aws_instance_invalid_type",
            "https://github.com/terraform-linters/tflint-ruleset-aws/tree/HEAD/docs/rules",
        ),
        ("checkov/CKV_AWS_1", "https://www.checkov.io/5.Policy%20Index/all.html"),
        (
            "yamllint/line-length",
            "https://yamllint.readthedocs.io/en/stable/rules.html#module-yamllint.rules.line_length",
        ),
        ("cfn-lint/E3001", "https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md"),
        ("actionlint/expression", "https://github.com/rhysd/actionlint/blob/main/docs/checks.md"),
        ("kyverno/ours", ""),
    ],
)
def test_a_rule_of_another_program_is_told_with_its_page(
    rule: str, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tool, _, own = rule.partition("/")
    told = page(capsys, rule)
    assert f"{own} is a rule of {tool}'s own" in told
    assert where in told
    assert ("https" in told.partition(TOOLS[tool].install)[0]) == bool(where)
    assert f"agency-scaffold-ignore {rule}: why it is meant" in told
    assert TOOLS[tool].judges in told.replace("\n", " ")
    about = page(capsys, tool)
    assert f"agency-scaffold-ignore {tool}{'/RULE' if where else ''}: why it is meant" in about
    assert TOOLS[tool].install in about
    assert TOOLS[tool].judges in about.replace("\n", " ")


def test_a_rule_that_breaks_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(RULES["yaml-trap"], "check", broken)
    (tmp_path / "a.yaml").write_text("a: 1\n")
    assert "it could not judge: check yaml-trap failed" in said(capsys, tmp_path, code=1)
    (run,) = json.loads(said(capsys, tmp_path, "--format", "sarif", code=1))["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False


def test_what_may_follow_from_a_file_that_cannot_be_parsed_is_counted_by_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pods = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: api}}\n"
        "  template: {metadata: {labels: {app: api}}, spec: {containers: [{name: a, image: a}]}}}\n"
    )
    for name in "bc":
        service = f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec:\n  selector: {{app: api}}\n"
        (tmp_path / f"{name}.yaml").write_text(service)
    (tmp_path / "a.yaml").write_text(pods)
    words = (tmp_path, "--only", "kubernetes-selector")
    told = said(capsys, *words, code=1)
    held = "2 findings of 1 rule may follow from a.yaml, which cannot be parsed: mend it first (kubernetes-selector)"
    assert "\nNot told before these files are mended\n" in told
    assert held in " ".join(told.split())
    assert "Other programs" not in told
    report = json.loads(said(capsys, *words, "--format", "json", code=1))
    assert [check["held"] for check in report["checks"] if check["held"]] == [{"a.yaml": 2}]


def test_no_name_and_no_message_is_a_command_for_a_runner(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("::add-mask::a.yaml", "a\n::add-mask::error\n.yaml", "##[add-mask]b.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a: 1\na: 2\n")
    text = said(capsys, tmp_path, code=1)
    assert "add-mask" in text
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in text.splitlines())
    for line in said(capsys, tmp_path, "--format", "github", code=1).splitlines():
        ours = line.startswith("::error file=")  # and so taken for this command, whatever else is in it
        assert ours or not (line.lstrip().startswith("::") or "##[" in line)


@pytest.mark.parametrize("words", [["validate", "missing"], ["validate", "--no-option"]])
def test_the_exit_code_holds_where_nothing_can_be_told(words: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "generator", *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    told = subprocess.run(command, cwd=tmp_path, stderr=subprocess.PIPE, env=environment, check=False)
    with Path("/dev/full").open("w") as full:
        silent = subprocess.run(command, cwd=tmp_path, stderr=full, env=environment, check=False)
    assert (silent.returncode, told.stderr[:6]) == (told.returncode, b"error:")
    assert told.returncode > 1
