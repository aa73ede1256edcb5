"""What a check says about one place in a tree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """`error` would fail or mislead in use; `warning` is a risk that may be meant; `note` informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One finding: where (`path`, 1-based `line` and `column`, 0 = the whole file), what, and how to fix it."""

    path: str
    line: int
    column: int
    rule: str
    message: str
    severity: Severity = Severity.ERROR
    fix: str = ""
