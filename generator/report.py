"""What a run tells, as data: the text and the JSON reporter print the same record."""

from __future__ import annotations

from typing import Literal

import msgspec

from generator.change import Settled
from generator.collisions import Collision
from generator.diff3 import NONE, Hunks
from generator.finding import CheckResult, Finding


class FileLine(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one path."""

    path: str
    component: str
    action: Literal[
        "create", "adopt", "block", "keep", "replace", "merge", "conflict", "propose", "delete", "orphan", "absent",
        "release",
    ]  # fmt: skip
    """What became of it; `docs/update.md` says what each means."""
    proposal: str = ""
    """Where ours lies, for a proposal."""
    reason: str = ""
    moved_from: str = ""
    """Where it lay before."""
    hunks: Hunks = NONE
    """Changed places, by what became of them."""
    conflicts: list[int] = []
    """The lines at which a conflict begins."""
    settled: list[Settled] = []
    """What would be a conflict, but for `--on-conflict`: which side was kept. `hunks.settled` counts them."""
    replaced: str = ""
    """A patch that brings back the lines of yours that ours replaced."""


class DiskLine(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one file on the disk."""

    path: str
    change: Literal["created", "changed", "removed"]


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
    """A default that cannot be had, what was taken instead, and why."""

    key: str
    default: str
    taken: str
    reason: str


class IdleLine(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that has no effect with the others."""

    key: str
    reason: str


class DetectedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A default that was taken from what is there, or was found there and is none."""

    key: str
    value: str
    path: str
    """The file that shows it."""
    line: int
    read: str
    """What it was read from."""
    refused: str = ""
    """Why it was not taken."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of `agency-scaffold new` and of `agency-scaffold update`."""

    command: Literal["new", "update"] = "new"
    version: str
    """Of agency-scaffold."""
    directory: str
    dry_run: bool
    refused: bool = False
    """Nothing was written because there is a conflict, as `--on-conflict fail` asks."""
    exit_code: int
    files: list[FileLine]
    """What happened to each path; an update leaves out what lies there as it was generated, and stays so."""
    upheavals: list[str] = []
    """What the change of the answers replaces or abandons of what runs."""
    collisions: list[Collision] = []
    """What of the user's keeps our files from working: a make target of the same name, a path that git ignores."""
    disk: list[DiskLine] = []
    """Every file that was written or removed (with `dry_run`: would be), the record and proposals among them."""
    totals: dict[str, int] = {}
    """Files by action, those that `files` leaves out (counted as `keep`) among them: all that an update looked at."""
    hunks: Hunks = NONE
    """The sum over `files`."""
    components: dict[str, int]
    """Files by component."""
    fallbacks: list[FallbackLine]
    idle: list[IdleLine]
    detected: list[DetectedLine] = []
    """Defaults that the files of the folder showed."""
    checks: list[CheckResult]
    findings: list[Finding]
    interrupted: bool = False
    """All is written, but the checks of other programs were cut off."""
    todo: list[TodoLine]
    """What only the user can provide; an update tells it where that has changed."""
    recovered: list[str] = []
    """Paths of an earlier, interrupted run, which this one finished."""
    next: list[str] = []
    """The next commands, as they can be pasted into a shell."""


class StandingLine(msgspec.Struct, frozen=True, kw_only=True):
    """How one path stands."""

    path: str
    component: str
    state: Literal["pristine", "refined", "yours", "missing", "conflict", "proposed", "orphaned"]
    waits: bool = False
    """Somebody must decide."""
    reason: str = ""
    conflicts: list[int] = []
    """The 1-based lines at which conflicts begin."""
    beside: str = ""
    """What lies beside it: a proposal, or a patch with the edits."""


class StatusReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `agency-scaffold status` says."""

    version: str
    """Of agency-scaffold."""
    directory: str
    generated_by: str
    """The version that generated the files."""
    behind: bool
    """This version is a later one."""
    answers_changed: bool
    """The answers file is another one than the files were made from."""
    answers_problem: str = ""
    """Why the answers file cannot be used."""
    interrupted: bool
    """A run was cut off, and the next one will finish it."""
    record_merged: bool
    """git merged the record, and the next update will settle it."""
    exit_code: int
    totals: dict[str, int]
    """Files by state, all of them."""
    files: list[StandingLine]
    """All but the pristine ones."""


class SuppressedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that somebody said is meant, and why."""

    finding: Finding
    reason: str


class ValidationReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `agency-scaffold validate` says."""

    version: str
    """Of agency-scaffold."""
    directory: str
    strict: bool
    """Warnings count as errors."""
    exit_code: int
    files: int
    """How many files were judged."""
    lines: int
    """How many lines they have."""
    checks: list[CheckResult]
    """What became of each check that had something to judge."""
    findings: list[Finding]
    suppressed: list[SuppressedLine]


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
