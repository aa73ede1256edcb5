"""What can go wrong, with the exit code of each kind.

    ScaffoldError            3   a fault that the user can mend
    ├── AnswersError         3   answers that are missing, invalid or cannot go together
    ├── UsageError           2   a wrong command line
    ├── ToolMissingError     4   a program that was asked for is not installed
    ├── StoppedError       130   the user ended the run before anything was written
    └── BugError            70   our own output or templates are at fault

An error carries facts; the command line alone turns it into text or JSON.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.finding import Finding


class ScaffoldError(Exception):
    """A fault with a message for the user and, where there is one, what to do next."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ScaffoldError):
    """The command line cannot be understood."""

    exit_code = 2


class ToolMissingError(ScaffoldError):
    """A program that the user asked for is not installed."""

    exit_code = 4


class StoppedError(ScaffoldError):
    """The user ended the run, by Ctrl-C or by quitting, before anything was written."""

    exit_code = 130


class BugError(ScaffoldError):
    """Our own templates or rendering are at fault; nothing has been written. `findings` are what our checks said."""

    exit_code = 70

    def __init__(self, message: str, *, hint: str = "", findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the answers.

    `key` is the dotted name, `given` what was read, `valid` what would be accepted,
    `nearest` the valid value that was probably meant ("" if none), `fix` what to do next.
    """

    key: str
    message: str
    given: object = None
    valid: str = ""
    nearest: str = ""
    fix: str = ""


class AnswersError(ScaffoldError):
    """The answers were refused; every problem is listed."""

    def __init__(self, problems: tuple[Problem, ...], *, source: str = "") -> None:
        count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
        super().__init__(f"the answers were refused: {count}")
        self.problems = problems
        self.source = source
