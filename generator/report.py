"""What a run tells, as data: the text and the JSON reporter print the same record."""

from __future__ import annotations

from typing import Literal

import msgspec


class CheckLine(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of one check: a built-in rule or an external tool."""

    name: str
    kind: Literal["built-in", "external"]
    status: Literal["passed", "failed", "skipped"]
    files: int = 0
    """How many files were looked at."""
    reason: str = ""
    """Why it was skipped and how to get it."""


class FindingLine(msgspec.Struct, frozen=True, kw_only=True):
    """One finding."""

    path: str
    line: int
    column: int
    rule: str
    severity: str
    message: str
    fix: str = ""


class FileLine(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one path."""

    path: str
    component: str
    action: Literal["create", "adopt", "block", "keep", "propose"]
    proposal: str = ""
    """Where ours lies, for a proposal."""
    reason: str = ""


class TodoLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the user must still provide."""

    id: str
    severity: str
    file: str
    question: str
    how: str


class FallbackLine(msgspec.Struct, frozen=True, kw_only=True):
    """A default that is not served yet, and what was taken instead."""

    key: str
    default: str
    taken: str


class IdleLine(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that has no effect with the others."""

    key: str
    reason: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of `agency-scaffold new`."""

    version: str
    """Of agency-scaffold."""
    directory: str
    dry_run: bool
    exit_code: int
    files: list[FileLine]
    components: dict[str, int]
    """Files by component."""
    fallbacks: list[FallbackLine]
    idle: list[IdleLine]
    checks: list[CheckLine]
    findings: list[FindingLine]
    todo: list[TodoLine]
    recovered: list[str] = []
    """Paths that an earlier, interrupted run had still to write."""
    next: list[str] = []
    """The next commands."""


class ProblemLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with the answers."""

    key: str
    message: str
    given: str = ""
    valid: str = ""
    nearest: str = ""
    fix: str = ""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing was done."""

    error: str
    exit_code: int
    hint: str = ""
    problems: list[ProblemLine] = []
    findings: list[FindingLine] = []
