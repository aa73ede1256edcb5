"""What checks say: a finding at one place, the result of one check, the verdict of them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

Status = Literal["passed", "failed", "skipped"]
NO_FILE: Final = "no file to check"
"""Why a check is skipped that has nothing to look at."""


class Severity(StrEnum):
    """`error` fails, misleads or is open to strangers; `warning` is a risk that may be meant; `note` informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One finding: where (`path`, 1-based `line` and `column`, 0 = the whole file), what, and how to fix it.

    One that is said once for all that are alike has the number of `places` at which it might be found; else 0.
    """

    path: str
    line: int
    column: int
    rule: str
    message: str
    severity: Severity = Severity.ERROR
    fix: str = ""
    places: int = 0


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that is to be known of how a tree was read: what, and how to go on."""

    message: str
    fix: str = ""
    severity: Severity = Severity.NOTE


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What became of one check: a built-in rule or an external tool."""

    name: str
    kind: Literal["built-in", "external"]
    status: Status
    files: int = 0
    """How many files were looked at."""
    reason: str = ""
    """Why it was skipped, with how to get it where it is missing, how it broke, or what it could not judge."""
    held: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Findings that are not told, since they may follow from a file that cannot be parsed: how many, by that file."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checks said together, each by itself and all findings in the order of their places."""

    checks: tuple[CheckResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    alike: Mapping[Finding, str] = field(default_factory=dict, compare=False)
    """Of those that are to be said once, a word that is the same for all of which one speaks."""

    @property
    def failed(self) -> bool:
        """Whether a check found anything, be it a warning: `make verify` fails of it, too."""
        return any(check.status == "failed" for check in self.checks)

    def __add__(self, other: Verdict) -> Verdict:
        findings = tuple(sorted(self.findings + other.findings))
        return Verdict(self.checks + other.checks, findings, {**self.alike, **other.alike})
