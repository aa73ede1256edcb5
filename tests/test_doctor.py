"""`doctor`: which programs are here, whatever they are like."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from generator import __version__, doctor
from generator.checks.external import TOOLS, running
from generator.checks.external.programs import Program
from generator.checks.external.tool import Tool
from generator.checks.rule import Format
from generator.cli.main import main
from tests.checks.test_external import alone, fake
from tests.support.generated import TESTS

__all__ = ["alone"]


def tool(name: str, *, instead: str = "", version: tuple[str, ...] = ("--version",)) -> Tool:
    other = Program(instead, f"how to get {instead}") if instead else None
    about = Program(name, f"how to get {name}", version)
    return Tool(about, Format.SHELL, f"what {name} judges", lambda _: (), lambda _: iter(()), instead=other)


@pytest.fixture
def programs(alone: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs of all kinds."""
    (alone / "sleep").symlink_to("/bin/sleep")
    fake(alone, "good", """echo 'Good v1.2.3-rc1+x (of 4.5)'""")
    fake(alone, "late", "echo 'a warning' >&2; echo 'late: the later'; echo 'version: 0.9'")
    fake(alone, "made", "echo 'Made: dev'; echo 'Engine: 1.21.1'")
    fake(alone, "odd", r"printf '\033[31m\377\000?\n'")
    fake(alone, "mute", "exit 0")
    fake(alone, "failing", "echo 'no library 9.9' >&2; exit 3")
    fake(alone, "hanging", "sleep 600")
    fake(alone, "flooding", "while :; do echo 1.0; done")
    fake(alone, "asked", '[ "$*" = "version --client" ] && echo v7.0.0')
    (alone / "foreign").write_bytes(b"\x7fELF\x00")
    (alone / "foreign").chmod(0o755)
    (alone / "folder").mkdir()
    (alone / "text").write_text("1.0")
    names = ("failing", "flooding", "folder", "foreign", "good", "hanging", "late", "made", "mute", "odd", "text")
    made = {name: tool(name) for name in names}
    made["asked"] = tool("asked", version=("version", "--client"))
    made |= {"one": tool("shared", instead="other"), "two": tool("shared")}
    monkeypatch.setattr(doctor, "TOOLS", made)
    monkeypatch.setattr(doctor, "LIMIT", 2)
    monkeypatch.setattr(running, "MOST", 100_000)
    return alone


def test_each_program_is_told_as_it_is(programs: Path) -> None:
    lines = {one.name: one for one in doctor.examine().programs}
    assert list(lines) == sorted(lines)
    assert {name: (one.status, one.version, one.reason) for name, one in lines.items()} == {
        "asked": ("found", "7.0.0", ""),
        "failing": ("broken", "", "--version ended with exit code 3: no library 9.9"),
        "flooding": ("broken", "", "its answer could not be read: it wrote more than 0 MB"),
        "folder": ("missing", "", ""),
        "foreign": ("broken", "", "cannot be run: Exec format error"),
        "good": ("found", "1.2.3-rc1+x", ""),
        "hanging": ("broken", "", "gave no answer in 2 s"),
        "late": ("found", "0.9", ""),
        "made": ("found", "dev", ""),
        "mute": ("found", "", ""),
        "odd": ("found", "", ""),
        "other": ("missing", "", ""),
        "shared": ("missing", "", ""),
        "text": ("missing", "", ""),
    }
    assert lines["good"].path == str(programs / "good")
    assert lines["text"].install == "how to get text"


def test_a_program_has_all_of_its_checks(programs: Path) -> None:
    lines = {one.name: one for one in doctor.examine().programs}
    assert [check.name for check in lines["shared"].checks] == ["one", "two"]
    assert [check.name for check in lines["other"].checks] == ["one"]
    assert lines["shared"].checks[0].judges == "what shared judges"


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def test_it_says_where_it_runs(programs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--format", "json"]) == 1
    printed = told(capsys)
    assert printed["version"] == __version__
    assert (printed["python"], printed["executable"]) == (sys.version.split()[0], sys.executable)
    assert printed["platform"]
    schema = json.loads((TESTS.parent / "docs/doctor.schema.json").read_text())
    jsonschema_rs.validate(schema, printed)


def test_the_text_names_each_and_nothing_steers_the_terminal(
    programs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    found, broken, missing = (shown.index(word) for word in ("\nFound\n", "\nHere, but", "\nMissing"))
    assert found < shown.index("  good ") < broken < shown.index("  hanging ") < missing < shown.index("  text ")
    assert re.search(rf"^  good +1\.2\.3-rc1\+x, {programs}/good\n +what good judges\n", shown, re.MULTILINE)
    assert re.search(r"^  odd +tells no version, ", shown, re.MULTILINE)
    assert re.search(r"^  shared +how to get shared\n +one: what shared judges\n +two: ", shown, re.MULTILINE)
    assert not set(shown) & {"\x1b", "\0"}


def test_where_all_that_is_here_runs_all_is_well(
    alone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake(alone, "good", "echo 1.0")
    monkeypatch.setattr(doctor, "TOOLS", {"good": tool("good"), "missing": tool("missing")})
    assert main(["doctor"]) == 0
    monkeypatch.setattr(doctor, "TOOLS", {})
    assert main(["doctor", "--format", "json"]) == 0


def test_ctrl_c_ends_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_: object) -> list[object]:
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "side_by_side", interrupted)
    assert main(["doctor"]) == 130
    assert capsys.readouterr().out == ""


def test_the_real_ones_say_what_they_are(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that every test run has, by the versions that `pyproject.toml` pins."""
    names = ("check-jsonschema", "hadolint", "yamllint", "zizmor")
    monkeypatch.setattr(doctor, "TOOLS", {name: TOOLS[name] for name in names})
    monkeypatch.setenv("PATH", "")
    assert main(["doctor", "--format", "json"]) == 0
    pins = (TESTS.parent / "pyproject.toml").read_text()
    for one in told(capsys)["programs"]:
        assert re.search(rf'"{one["name"]}(-bin)?=={re.escape(one["version"])}["; ]', pins), one


def test_every_tool_is_listed() -> None:
    listed = {check.name for checks in doctor._uses().values() for check in checks}
    assert listed == set(TOOLS)
    assert {"terraform", "tofu"} <= {program.binary for program in doctor._uses()}
    for one in TOOLS.values():
        assert one.judges
        assert not one.judges.endswith(".")
        assert one.program.install
