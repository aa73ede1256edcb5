"""What an external tool is, how it is found and run, and what comes of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator.checks.source import Sources, join
from generator.finding import CheckResult, Finding, Severity, Status, Verdict

QUICK = 120
"""Seconds after which a quick tool is given up, however often it is called."""
SLOW = 600
"""The same for a slow one."""
UNREADABLE = "its answer could not be read"


class Skip(Exception):  # noqa: N818 -- it is no error: the tool says why it cannot judge
    """The tool is there but cannot judge this tree; the message is the reason."""


class Unreadable(Exception):  # noqa: N818 -- like Skip, it says what came of the tool
    """The tool ended well but did not say what it always says."""


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

    @property
    def silence(self) -> str:
        """What is said when this is how the command failed, and nothing that we can read says why."""
        last = self.text.splitlines()[-1:]
        return ": ".join([f"ended with exit code {self.code} without a finding", *last])


@dataclass(frozen=True, slots=True)
class Work:
    """What a tool is given: its binary, the folder, the files that it judges, and the time until it is given up."""

    tool: str
    binary: str
    root: Path
    sources: Sources
    files: tuple[str, ...]
    limit: int = QUICK
    outputs: list[Output] = field(default_factory=list)
    """How its commands ended, in order."""
    began: float = field(default_factory=time.monotonic)

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
            timeout=max(0.0, self.began + self.limit - time.monotonic()),
            check=False,
        )
        self.outputs.append(Output(done.returncode, done.stdout, done.stderr))
        return self.outputs[-1]

    def ask_again(self) -> None:
        """Forgets how the last command ended: its failure was foreseen, and another one is asked."""
        self.outputs.pop()

    def ours(self, finding: Finding) -> bool:
        """Whether a finding is about the tree, and not about a file that only lies in the same folder."""
        return finding.path in self.sources.tree or not os.path.isfile(self.root / finding.path)  # noqa: PTH113 -- raises nothing

    def finding(self, path: str, line: int, message: str, *, rule: str = "", severity: str = "error") -> Finding:
        """A finding of this tool; `rule` is the tool's own name for it."""
        known = {"warning": Severity.WARNING, "info": Severity.NOTE, "style": Severity.NOTE, "note": Severity.NOTE}
        name = f"{self.tool}/{rule}" if rule else self.tool
        relative = path.removeprefix(f"{self.root}/")
        return Finding(
            join("", relative), int(line), 0, name, str(message), known.get(severity.lower(), Severity.ERROR)
        )


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: which files it judges and how."""

    binary: str
    install: str
    """How to get it, in one line."""
    files: Callable[[Sources], Iterable[str]]
    run: Callable[[Work], Iterator[Finding]]
    slow: bool = False


def find(binary: str) -> str:
    """The path of a binary: on PATH, else beside this Python; "" where there is none."""
    beside = Path(sys.executable).parent / binary
    return shutil.which(binary) or (str(beside) if os.access(beside, os.X_OK) else "")


def put_off(name: str, tool: Tool, sources: Sources) -> Verdict:
    """Says that a slow tool has not judged its files."""
    files = tuple(tool.files(sources))
    return _skipped(name, len(files), "takes minutes; the generated CI runs it" if files else "no file to check")


def judge(name: str, tool: Tool, root: Path, sources: Sources) -> Verdict:
    """Looks for the tool, runs it, and says what came of it."""
    files = tuple(tool.files(sources))
    if not files:
        return _skipped(name, 0, "no file to check")
    binary = find(tool.binary)
    if not binary:
        return _skipped(name, len(files), f"not installed: {tool.install}")
    return _judged(tool, Work(name, binary, root.resolve(), sources, files, SLOW if tool.slow else QUICK))


def _skipped(name: str, files: int, reason: str) -> Verdict:
    return Verdict((CheckResult(name, "external", "skipped", files, reason),))


def _judged(tool: Tool, work: Work) -> Verdict:
    """Runs the tool; it has passed only if every command ended well and its answer was understood."""
    found: list[Finding] = []
    explained: set[int] = set()  # the commands that a finding tells about
    reason = ""
    status: Status = "passed"
    try:
        for finding in tool.run(work):
            found.append(finding)
            explained.add(len(work.outputs) - 1)
    except Skip as skip:
        reason, status = str(skip), "skipped"
    except subprocess.TimeoutExpired:
        reason, status = f"gave no answer in {work.limit} s", "skipped"
    except OSError as error:
        reason, status = f"cannot be run: {error}", "skipped"
    except Exception:  # whatever a tool answers, it must not break a run that has written files
        reason, status = _unexplained(work, explained) or UNREADABLE, "failed"
    else:
        reason = _unexplained(work, explained)
        status = "failed" if reason else "passed"
    return _result(work, found, status, reason)


def _unexplained(work: Work, explained: set[int]) -> str:
    """How the first command ended that failed without a finding or was killed; "" where there is none."""
    ends = enumerate(work.outputs)
    return next((end.silence for i, end in ends if end.code < 0 or (end.code and i not in explained)), "")


def _result(work: Work, found: list[Finding], status: Status, reason: str) -> Verdict:
    ours = {one for one in found if work.ours(one)}
    if status == "failed":
        ours.add(work.finding("", 0, reason))
    check = CheckResult(work.tool, "external", "failed" if ours else status, len(work.files), reason)
    return Verdict((check,), tuple(sorted(ours)))
