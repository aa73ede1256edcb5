"""Which of the programs that checks may use are on this computer, and whether they answer."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Final, Literal

import msgspec

from generator import __version__
from generator.checks.external import TOOLS
from generator.checks.external.programs import Program, environment, find
from generator.checks.external.running import FloodError, Running, side_by_side
from generator.checks.rule import Format

LIMIT: Final = 30
"""Seconds in which a program must tell its version; checkov needs half of that on a busy computer."""
_VERSION: Final = re.compile(r"\bv?(\d+\.\d+[\w.+-]*)|\b(dev(?:el(?:opment)?)?)\b")


class CheckLine(msgspec.Struct, frozen=True, kw_only=True):
    """A check that a program makes."""

    name: str
    format: Format
    judges: str


class ProgramLine(msgspec.Struct, frozen=True, kw_only=True):
    """A program, whether it is here, and what it is good for."""

    name: str
    status: Literal["found", "missing", "broken"]
    """Broken is one that is here and does not run."""
    version: str = ""
    """As it tells it; "" where it does not, or is missing."""
    path: str = ""
    reason: str = ""
    """How it is broken."""
    install: str
    """How to get it."""
    checks: list[CheckLine]


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """This program, where it runs, and what it can use there."""

    version: str
    python: str
    executable: str
    platform: str
    programs: list[ProgramLine]

    @property
    def exit_code(self) -> int:
        """1 where something that is here does not run."""
        return int(any(one.status == "broken" for one in self.programs))


def examine() -> Examination:
    """Asks each program for its version, several at a time; one that hangs or fails costs no more than its line.

    Raises:
        KeyboardInterrupt: All that ran was ended.
    """
    with tempfile.TemporaryDirectory() as empty:  # some read settings where they are started
        lines = side_by_side([partial(_line, program, checks, Path(empty)) for program, checks in _uses().items()])
    return Examination(
        version=__version__,
        python=platform.python_version(),
        executable=sys.executable,
        platform=platform.platform(),
        programs=lines,
    )


def _uses() -> dict[Program, list[CheckLine]]:
    """The programs by their names, each with its checks."""
    found: dict[Program, list[CheckLine]] = {}
    for name, tool in TOOLS.items():
        for program in filter(None, (tool.program, tool.instead)):
            found.setdefault(program, []).append(CheckLine(name=name, format=tool.format, judges=tool.judges))
    return dict(sorted(found.items(), key=lambda item: item[0].binary))


def _line(program: Program, checks: list[CheckLine], place: Path, running: Running) -> ProgramLine:
    path = find(program.binary)
    version, reason = _asked([path, *program.version], place, running) if path else ("", "")
    return ProgramLine(
        name=program.binary,
        status="missing" if not path else "broken" if reason else "found",
        version=version,
        path=path,
        reason=reason,
        install=program.install,
        checks=checks,
    )


def _asked(line: list[str], place: Path, running: Running) -> tuple[str, str]:
    """The version that a program tells, or why it does not."""
    try:
        output = running.run(line, cwd=place, env=environment({}), seconds=LIMIT)
    except subprocess.TimeoutExpired:
        return "", f"gave no answer in {LIMIT} s"
    except OSError as error:
        return "", f"cannot be run: {error.strerror or error}"
    except FloodError as flood:
        return "", f"its answer could not be read: {flood}"
    if output.code:
        last = output.text.splitlines()[-1:]
        return "", ": ".join([f"{' '.join(line[1:])} ended with exit code {output.code}", *last])
    match = _VERSION.search(output.out) or _VERSION.search(output.err)
    return (match[1] or match[2] if match else ""), ""
