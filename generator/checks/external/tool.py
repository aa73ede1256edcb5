"""What an external tool is, how it is found and run, and what comes of it."""

from __future__ import annotations

import contextlib
import json
import math
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from generator.checks.external.programs import Program, environment, find
from generator.checks.external.running import FloodError, Output, Running
from generator.checks.rule import Format
from generator.checks.source import Sources, join
from generator.finding import NO_FILE, CheckResult, Finding, Severity, Status, Verdict
from generator.tree import Tree

QUICK = 300
"""Seconds after which a quick tool is given up, however often it is called."""
SLOW = 600
"""The same for a slow one."""
UNREADABLE = "its answer could not be read"


class Skip(Exception):  # noqa: N818 -- it is no error: the tool says why it cannot judge
    """The tool is there but cannot judge this tree; the message is the reason."""


Report = TypeVar("Report", list[Any], dict[str, Any])


def report(written: str, shape: type[Report]) -> Report:
    """A tool's report, which is JSON and always has this shape.

    Raises:
        Unreadable: It has another.
        ValueError: It is no JSON.
    """
    told = json.loads(written)
    if not isinstance(told, shape):
        raise Unreadable
    return told


class Unreadable(Exception):  # noqa: N818 -- like Skip, it says what came of the tool
    """The tool ended well but did not say what it always says."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a tool is given: its binary, the folder, the files that it judges, and the time until it is given up."""

    tool: str
    binary: str
    root: Path
    sources: Sources
    files: tuple[str, ...]
    running: Running
    limit: int = QUICK
    outputs: list[Output] = field(default_factory=list)
    """How its commands ended, in order."""
    left_out: set[str] = field(default_factory=set)
    """What this version of the tool does not know, and a copy without it was judged."""
    unused: set[str] = field(default_factory=set)
    """What settings of the tree say that would do more than choose, and was not followed."""
    began: float = field(default_factory=time.monotonic)

    @property
    def folder(self) -> str:
        """The folder that is judged, seen from the tree, for tools that look at all in it."""
        return self.sources.inside.removesuffix("/") or "."

    def run(
        self, *arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None, most: float = math.inf
    ) -> Output:
        """Runs the binary; a time limit and the lack of colours, questions and a network are the same for all.

        Raises:
            subprocess.TimeoutExpired: The time is up, that of the tool or the `most` seconds of this command.
        """
        output = self.running.run(
            [self.binary, *map(self._no_option, arguments)],
            cwd=cwd or self.root,
            env=environment(env or {}),
            seconds=min(most, self.began + self.limit - time.monotonic()),
        )
        self.outputs.append(output)
        return self.outputs[-1]

    def _no_option(self, argument: str) -> str:
        """A file may be called like an option."""
        return f"./{argument}" if argument.startswith("-") and argument in self.sources.tree else argument

    def beside(self, binary: str, *arguments: str) -> Output:
        """Runs another program for this one, with the same limits; how it ends is nobody's verdict.

        Raises:
            OSError: It cannot be started.
            subprocess.TimeoutExpired: The time is up.
        """
        left = self.began + self.limit - time.monotonic()
        return self.running.run([binary, *arguments], cwd=self.root, env=environment({}), seconds=left)

    def copy(self, place: Path, wanted: Callable[[str], bool] = lambda _: True) -> Path:
        """Writes the tree alone (or what of it is wanted) to `place`, for tools that judge folders.

        In ours there may be more than the tree.
        """
        place.mkdir()
        for path, file in self.sources.tree.items():
            if wanted(path):
                target = place / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.content)
        return place

    def ask_again(self) -> None:
        """Forgets how the last command ended: its failure was foreseen, and another one is asked."""
        self.outputs.pop()

    def ours(self, finding: Finding) -> bool:
        """Whether a finding is about what is judged, and not about a file that only lies in the same folder."""
        if finding.path in self.sources.tree:
            return finding.path not in self.sources.quiet
        if finding.path and not f"{finding.path}/".startswith(self.sources.inside):
            return False
        return not os.path.isfile(self.root / finding.path)  # noqa: PTH113 -- raises nothing

    def finding(
        self,
        path: str,
        line: int,
        message: str,
        *,
        column: int = 0,
        rule: str = "",
        severity: str = "error",
        fix: str = "",
    ) -> Finding:
        """A finding of this tool; `rule` is the tool's own name for it, 0 a line or a column that it does not tell."""
        notes = dict.fromkeys(("info", "note", "notice", "style"), Severity.NOTE)
        known = {"warning": Severity.WARNING, **notes}
        name = f"{self.tool}/{rule}" if rule else self.tool
        relative = path.removeprefix(f"{self.root}/")
        place = join("", relative)
        found = self._line(place, int(line))
        column = max(int(column), 0) if found and found == int(line) else 0
        return Finding(place, found, column, name, str(message), known.get(severity.lower(), Severity.ERROR), fix)

    def _line(self, path: str, line: int) -> int:
        """A line that the file has: that of its end for one behind it, 0 for none."""
        file = self.sources.tree.get(path)
        last = file.content.count(b"\n") + 1 if file else sys.maxsize
        return min(max(line, 0), last)


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: which files it judges and how."""

    program: Program
    format: Format
    """What its files are: checks are chosen by it. For one that reads several formats, the one it says most of."""
    judges: str
    """What it looks for, in a few words."""
    files: Callable[[Sources], Iterable[str]]
    run: Callable[[Work], Iterator[Finding]]
    slow: bool = False
    """Whether it may take minutes, so that only who asks for all checks waits for it."""
    instead: Program | None = None
    """Another program with the same commands, which does where the first is missing."""
    pages: str = ""
    """Where its rules are described; for `{rule}`, `{small}`, `{word}` and `{family}` comes a rule's name."""
    written_for_other: Callable[[Sources], bool] = lambda _: False
    """Whether only that other program understands a tree."""

    @property
    def install(self) -> str:
        """How to get it, in one line."""
        return self.program.install

    def page(self, rule: str) -> str:
        """Where one of its own rules is described, or all of them for ""; "" where nobody knows."""
        if not rule and "{" in self.pages:
            return self.pages.partition("{")[0].rpartition("/")[0]
        small, word, family = rule.lower(), rule.replace("-", "_"), rule.partition("_")[0]
        return self.pages.format(rule=rule, small=small, word=word, family=family)

    def judged(self, sources: Sources) -> Iterator[str]:
        """The files that it judges, without those about which nothing is said."""
        return (path for path in self.files(sources) if path not in sources.quiet and path not in sources.unread)

    def programs(self, sources: Sources) -> tuple[Program, ...]:
        """The programs that can judge the tree, the best first."""
        if self.instead is None:
            return (self.program,)
        return (self.instead,) if self.written_for_other(sources) else (self.program, self.instead)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A tool that was looked for, with its files."""

    name: str
    runs: bool
    """Whether it is there and has something to judge."""
    judge: Callable[[Running], Verdict]
    """Says what came of it, or why it is skipped."""


def pipe_in(root: Path, tree: Tree) -> str:
    """The first pipe or device in `root` or in a folder of the tree's at its top; "" where there is none.

    A program that opens it may wait without end, and many open more than the files that they are given.
    """
    for top in ("", *sorted({path.partition("/")[0] for path in tree if "/" in path})):
        for folder, folders, names in os.walk(root / top):
            folders[:] = [name for name in folders if top and name not in {".git", ".terraform", "node_modules"}]
            for path in sorted(Path(folder, name) for name in names):
                with contextlib.suppress(OSError):  # a link to nothing
                    mode = path.stat().st_mode
                    if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
                        return path.relative_to(root).as_posix()
    return ""


def prepare(
    name: str,
    tool: Tool,
    root: Path,
    sources: Sources,
    *,
    slow: bool = True,
    touched: Set[str] | None = None,
    pipe: str = "",
) -> Prepared:
    """Looks for the tool and its files; what comes back runs it, and says what came of it.

    Without `slow`, a tool that takes minutes is skipped; with `touched`, one whose files are none of these paths; with
    `pipe`, all of them.
    Parsing is done here, so that tools which run at the same time only read what was parsed.
    """
    files = tuple(tool.judged(sources))
    programs = tool.programs(sources)
    binary = next(filter(None, (find(program.binary) for program in programs)), "")
    reason = _reason(tool, files, slow=slow) or ("" if binary else f"not installed: {programs[0].install}")
    if not reason and touched is not None and touched.isdisjoint(files):
        reason = "none of its files has changed"
    if not reason and pipe:
        reason = f"{pipe} is a pipe or a device, at which a program may wait without end"
    if reason:
        skipped = Verdict((CheckResult(name, "external", "skipped", len(files), reason),))
        return Prepared(name, runs=False, judge=lambda _: skipped)
    limit = SLOW if tool.slow else QUICK
    # The time counts from when it starts, not from here.
    return Prepared(
        name,
        runs=True,
        judge=lambda running: _judged(tool, Work(name, binary, root.resolve(), sources, files, running, limit)),
    )


def _reason(tool: Tool, files: tuple[str, ...], *, slow: bool) -> str:
    """Why the tool is not even looked for; "" where it is."""
    if not files:
        return NO_FILE
    return "takes minutes; the generated CI runs it" if tool.slow and not slow else ""


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
    except FloodError as flood:
        reason, status = f"{UNREADABLE}: {flood}", "failed"
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
    if work.left_out and not reason and not ours:
        left_out = " and ".join(sorted(work.left_out))
        were = "was" if len(work.left_out) == 1 else "were"
        reason = f"this {work.tool} is older than the one that CI uses: {left_out} {were} left out"
    if work.unused and not reason:
        reason = f"judged without {', '.join(sorted(work.unused)[:5])}: of settings only what chooses is followed"
    check = CheckResult(work.tool, "external", "failed" if ours else status, len(work.files), reason)
    return Verdict((check,), tuple(sorted(ours)))
