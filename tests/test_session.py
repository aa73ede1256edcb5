"""A run from answers to report: what is judged before anything is written, and what the report says of it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import generation, new, places
from generator.checks.external.programs import Program
from generator.checks.external.tool import Tool, Work
from generator.checks.rule import Format
from generator.cli.main import main
from generator.finding import Finding
from generator.origin import Origin, Rendering
from generator.plan import Plan
from generator.render import render
from generator.tree import File, Tree
from tests.support import generated

EXAMPLE = str(generated.CASES / "example.yml")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No external tool is asked."""
    monkeypatch.setattr("generator.checks.external.TOOLS", {})


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A template of ours that renders a file which is no YAML."""

    def rendered(plan: Plan) -> Rendering:
        good = render(plan)
        return Rendering(
            Tree({**good.tree, "bad.yml": File(b"a: [1\n")}),
            {**good.origins, "bad.yml": Origin("docs", "docs:bad.yml", "managed")},
        )

    monkeypatch.setattr(generation, "render", rendered)


@pytest.mark.usefixtures("broken", "alone")
def test_what_our_own_rules_refuse_is_never_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "shop"
    assert main(["new", str(root), "--answers", EXAMPLE]) == 70
    told = capsys.readouterr()
    assert "bad.yml:2:1: " in told.err
    assert "[yaml-syntax]" in told.err
    assert told.out == ""
    assert not root.exists()
    assert main(["new", str(root), "--answers", EXAMPLE, "--no-check"]) == 0
    assert (root / "bad.yml").is_file()


@pytest.mark.parametrize("severity", ["error", "warning", "note"])
def test_what_a_tool_finds_is_told_and_waits_for_the_user(
    severity: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def finds(work: Work) -> Iterator[Finding]:
        yield work.finding("Makefile", 1, "tabs", rule="T1", severity=severity)

    tool = Tool(Program("sh", ""), Format.MAKE, "", lambda sources: [p for p in sources.tree if p == "Makefile"], finds)
    monkeypatch.setattr("generator.checks.external.TOOLS", {"maker": tool})
    assert main(["new", str(tmp_path / "shop"), "--answers", EXAMPLE, "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    (made,) = [check for check in data["checks"] if check["kind"] == "external"]
    assert (made["name"], made["status"], made["files"]) == ("maker", "failed", 1)
    assert [(f["path"], f["line"], f["rule"], f["severity"]) for f in data["findings"]] == [
        ("Makefile", 1, "maker/T1", severity)
    ]
    assert (tmp_path / "shop/Makefile").is_file()


@pytest.mark.parametrize(
    ("arguments", "environment", "terminal", "told"),
    [
        ((), "", True, True),
        (("--format", "json"), "", True, False),
        (("--no-check",), "", True, False),
        ((), "true", True, False),
        ((), "", False, False),
    ],
)
def test_who_waits_at_a_terminal_is_told_what_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...], environment: str, terminal: bool, told: bool,
) -> None:  # fmt: skip
    seen: list[str] = []

    def judged(_: Work) -> Iterator[Finding]:
        seen.append(capsys.readouterr().err)
        yield from ()

    judging = Tool(Program("bash", ""), Format.MAKE, "", lambda _: ["Makefile"], judged)
    missing = Tool(Program("no-such-tool", ""), Format.MAKE, "", lambda _: ["Makefile"], judged)
    idle = Tool(Program("bash", ""), Format.MAKE, "", lambda _: [], judged)
    monkeypatch.setattr("generator.checks.external.TOOLS", {"judge": judging, "missing": missing, "idle": idle})
    monkeypatch.setenv("CI", environment)
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    assert main(["new", str(tmp_path / "shop"), "--answers", EXAMPLE, *arguments]) == 0
    line = re.compile(r"Wrote \d\d\d files\. judge check them now, .*\n")
    assert [bool(line.fullmatch(text)) for text in seen] == ([] if "--no-check" in arguments else [told])
    assert not told or "".join(seen)


@pytest.mark.usefixtures("alone")
def test_the_report_counts_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "shop"
    idle = ["--set", "deployment.canary_minutes=20"]
    raw = yaml.safe_load(Path(EXAMPLE).read_text())
    answers = tmp_path / "answers.yml"
    answers.write_text(yaml.safe_dump(raw))
    assert main(["new", str(root), "--answers", str(answers), *idle, "--format", "json"]) == 0
    data: dict[str, Any] = json.loads(capsys.readouterr().out)
    made = Tree.read(root)
    assert sum(data["components"].values()) == len(data["files"]) == len(made) - 1, "all but the lock itself"
    assert {f["path"] for f in data["files"]} == set(made) - {places.LOCK}
    assert [line["key"] for line in data["idle"]] == ["deployment.canary_minutes"]
    listed = [t["id"] for t in yaml.safe_load(made[".agency/scaffold/todo.yml"].text)["items"]]
    gates = {"GATE_CI", "GATE_SECURITY", "GATE_RELEASE"}
    assert gates <= set(listed), "what they ask is so as long as the files are ours"
    assert [t["id"] for t in data["todo"]] == [one for one in listed if one not in gates]
    assert data["next"] == [
        f"cd {root} && git init --initial-branch main && git add --all",
        "make infra-todo",
        "make infra-verify",
    ]
    assert {c["status"] for c in data["checks"]} == {"passed", "skipped"}
    skipped = {c["name"] for c in data["checks"] if c["status"] == "skipped"}
    assert {"rollout-reference", "task-definition"} <= skipped, "there is no Rollout, and no task of ECS"
    assert 8 * len(skipped) < len(data["checks"])


def test_a_value_that_is_no_text_is_refused_in_json_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["new", str(tmp_path / "x"), "--format", "json", "--set", "project.name=\udcff"]) == 3
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["key"], problem["given"]) == ("project.name", "?")


@pytest.mark.usefixtures("alone")
def test_a_report_that_cannot_be_printed_is_no_bug_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Closing it tries to write once more, and fails again.
    with contextlib.suppress(OSError), Path("/dev/full").open("w", encoding="utf-8", buffering=1) as full:
        monkeypatch.setattr("sys.stdout", full)
        assert main(["new", str(tmp_path / "shop"), "--answers", EXAMPLE, "--no-check"]) == 3
        monkeypatch.undo()
    assert "the report could not be printed" in capsys.readouterr().err
    assert (tmp_path / "shop/Makefile").is_file()


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("generator.new.Path.mkdir", "shop cannot be made: No locks available"),
        ("generator.apply.fcntl.flock", "shop cannot be locked: No locks available"),
    ],
)
def test_an_error_is_told_by_its_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], broken: str, told: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    with monkeypatch.context() as patch:
        patch.setattr(broken, fail)
        assert main(["new", str(tmp_path / "shop"), "--answers", EXAMPLE, "--no-check"]) == 3
    assert told in capsys.readouterr().err
    assert not (tmp_path / "shop").exists()


def test_a_file_of_the_user_that_is_gone_when_we_write_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "README.md").write_text("mine\n")
    real = new.refuse_generated
    calls = iter((lambda: None, (tmp_path / "README.md").unlink))

    def gone(root: Path) -> None:
        next(calls)()
        real(root)

    monkeypatch.setattr(new, "refuse_generated", gone)
    monkeypatch.setattr("generator.session.refuse_generated", gone)
    assert main(["new", str(tmp_path), "--answers", EXAMPLE, "--no-check", "--format", "json"]) == 1
    (line,) = [f for f in json.loads(capsys.readouterr().out)["files"] if f["action"] == "propose"]
    assert (line["path"], line["reason"]) == ("README.md", "it changed while we wrote")
    assert (tmp_path / line["proposal"]).is_file()
    assert not (tmp_path / "README.md").exists()
