"""What a long run tells a person who waits: one line, in place, and nothing to anybody else."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from generator import console
from generator.checks.external.running import Running, side_by_side


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def terminal_of(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error, as a person sees it, without patience. For the body of a test: pytest sets its own before that."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setattr(console, "PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("CI", raising=False)
    return shown


def test_it_says_what_still_runs_and_leaves_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    with console.progress() as running:
        running(["terraform-validate", "trivy"])
        running(["terraform-validate", "trivy"])
        running(["trivy"])
        running([])
    assert terminal.getvalue().split("\r")[1:] == [
        "waiting for terraform-validate, trivy (0 s)\x1b[K",
        "waiting for trivy (0 s)\x1b[K",
        "\x1b[K",
    ]


def test_it_is_gone_after_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)

    def interrupted() -> None:
        with console.progress() as running:
            running(["trivy"])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_it_fits_into_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    with console.progress() as running:
        running([f"tool-{i}" for i in range(30)])
    line = terminal.getvalue().split("\r")[1].removesuffix("\x1b[K")
    assert line.endswith("...")
    assert len(line) == 59


@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setenv("CI", "true"),
        lambda patch: patch.setenv("TERM", "dumb"),
        lambda patch: patch.setattr(Terminal, "isatty", lambda _: False),
        lambda patch: patch.setattr(console, "PATIENCE", 60.0),
    ],
    ids=["ci", "dumb", "file", "soon-over"],
)
def test_others_are_told_nothing(change: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    change(monkeypatch)
    with console.progress() as running:
        running(["trivy"])
    assert terminal.getvalue() == ""


def test_a_report_for_programs_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    with console.progress(quiet=True) as running:
        running(["trivy"])
    assert terminal.getvalue() == ""


def test_what_is_left_is_told_while_programs_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    told: list[tuple[int, ...]] = []

    def quick(running: Running) -> int:
        return 0

    def long(running: Running) -> int:
        """Waits until somebody was told that it is the only one."""
        script = f"until [ -e {tmp_path}/told ]; do sleep 0.05; done"
        return running.run(["sh", "-c", script], cwd=tmp_path, env=os.environ, seconds=60).code

    def left(indexes: Sequence[int]) -> None:
        told.append(tuple(indexes))
        if told[-1] == (1,):
            (tmp_path / "told").touch()

    assert side_by_side([quick, long], left) == [0, 0]
    assert (1,) in told
    assert re.fullmatch(r"(?:\(0, 1\))*(?:\(1,\))+(?:\(\))*", "".join(map(str, told)))
