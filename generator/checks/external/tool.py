"""What an external tool is, how it is found and run, and what comes of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from generator.checks.source import Sources
from generator.finding import Finding, Severity

Mode = Literal["off", "quick", "all"]
Status = Literal["passed", "failed", "skipped"]
TIMEOUT = 600
"""Seconds after which a tool is given up."""


class Skip(Exception):  # noqa: N818 -- it is no error: the tool says why it cannot judge
    """The tool is there but cannot judge this tree; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Output:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Both streams, without colours and empty lines at the ends."""
        return "\n".join(part.strip() for part in (self.err, self.out) if part.strip())


@dataclass(frozen=True, slots=True)
class Work:
    """What a tool is given: its binary, the folder, and the files that it judges."""

    tool: str
    binary: str
    root: Path
    sources: Sources
    files: tuple[str, ...]

    def run(self, *arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Output:
        """Runs the binary; a time limit and the lack of colours and questions are the same for all."""
        done = subprocess.run(  # noqa: S603 -- no shell, and the binary was looked up
            [self.binary, *arguments],
            cwd=cwd or self.root,
            env={**os.environ, "NO_COLOR": "1", "CI": "true", **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT,
            check=False,
        )
        return Output(done.returncode, done.stdout, done.stderr)

    def finding(self, path: str, line: int, message: str, *, rule: str = "", severity: str = "error") -> Finding:
        """A finding of this tool; `rule` is the tool's own name for it."""
        known = {"warning": Severity.WARNING, "info": Severity.NOTE, "style": Severity.NOTE, "note": Severity.NOTE}
        name = f"{self.tool}/{rule}" if rule else self.tool
        relative = path.removeprefix(f"{self.root}/").removeprefix("./")
        return Finding(relative, line, 0, name, message, known.get(severity.lower(), Severity.ERROR))


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: which files it judges and how."""

    binary: str
    install: str
    """How to get it, in one line."""
    files: Callable[[Sources], Iterable[str]]
    run: Callable[[Work], Iterator[Finding]]
    slow: bool = False


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What became of one tool; a skip has a reason, with how to get the tool where it is missing."""

    name: str
    status: Status
    files: int = 0
    findings: tuple[Finding, ...] = field(default=())
    reason: str = ""


def find(binary: str) -> str:
    """The path of a binary: on PATH, else beside this Python; "" where there is none."""
    beside = Path(sys.executable).parent / binary
    return shutil.which(binary) or (str(beside) if os.access(beside, os.X_OK) else "")


def judge(name: str, tool: Tool, root: Path, sources: Sources, mode: Mode) -> ToolResult:
    """Looks for the tool, runs it, and says what came of it."""
    files = tuple(tool.files(sources))
    if not files:
        return ToolResult(name, "skipped", reason="no file to check")
    if mode == "off" or (mode == "quick" and tool.slow):
        return ToolResult(
            name,
            "skipped",
            len(files),
            reason="not asked for" if mode == "off" else "takes minutes; the generated CI runs it",
        )
    binary = find(tool.binary)
    if not binary:
        return ToolResult(name, "skipped", len(files), reason=f"not installed: {tool.install}")
    return _judged(tool, Work(name, binary, root.resolve(), sources, files))


def _judged(tool: Tool, work: Work) -> ToolResult:
    count = len(work.files)
    try:
        found = tuple(sorted(tool.run(work)))
    except Skip as skip:
        reason = str(skip)
    except subprocess.TimeoutExpired:
        reason = f"gave no answer in {TIMEOUT} s"
    except OSError as error:
        reason = f"cannot be run: {error}"
    else:
        return ToolResult(work.tool, "failed" if found else "passed", count, found)
    return ToolResult(work.tool, "skipped", count, reason=reason)


def crashed(work: Work, output: Output) -> Finding:
    """What is said when a tool fails without a finding that we can read."""
    text = output.text.splitlines()
    return work.finding("", 0, f"exit {output.code}: {text[-1] if text else 'no output'}")
