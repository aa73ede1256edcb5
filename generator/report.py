"""What a run tells, as data: the text and the JSON reporter print the same record."""

from __future__ import annotations

from typing import Literal

import msgspec

from generator.conflicts import Conflict
from generator.finding import CheckResult, Finding


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
    gate: bool = False
    """A file of the user's is in the place of one that something waits for."""


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
    conflicts: list[Conflict] = []
    """What of the user's keeps our files from working: a make target of the same name, a path that git ignores."""
    components: dict[str, int]
    """Files by component."""
    fallbacks: list[FallbackLine]
    idle: list[IdleLine]
    checks: list[CheckResult]
    findings: list[Finding]
    interrupted: bool = False
    """All is written, but the checks of other programs were cut off."""
    todo: list[TodoLine]
    recovered: list[str] = []
    """Paths of an earlier, interrupted run, which this one finished."""
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
    findings: list[Finding] = []
