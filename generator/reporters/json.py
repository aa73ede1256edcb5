"""The same records for an agent; their shapes are the `docs/*.schema.json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from generator.answers.keys import word
from generator.errors import AnswersError, BugError, ScaffoldError
from generator.report import Failure, ProblemLine, Report, StatusReport, ValidationReport

if TYPE_CHECKING:  # an empty folder must not pay for it
    from generator.assess.assessment import Assessment
    from generator.doctor import Examination


def report(result: Report | StatusReport | ValidationReport | Assessment | Examination) -> str:
    """What a run did, how files stand, what was found, what an assessment shows, or what programs are here."""
    return _dump(result)


def failure(error: ScaffoldError) -> str:
    """Why nothing was done."""
    findings = list(error.findings) if isinstance(error, BugError) else []
    problems = error.problems if isinstance(error, AnswersError) else ()
    lines = [
        ProblemLine(
            key=p.key,
            message=p.message,
            given="" if p.given is None else word(p.given),
            valid=p.valid,
            nearest=p.nearest,
            fix=p.fix,
        )
        for p in problems
    ]
    return _dump(
        Failure(
            error=error.message,
            exit_code=error.exit_code,
            hint=error.hint,
            problems=lines,
            findings=findings,
        )
    )


def _dump(value: Report | StatusReport | ValidationReport | Assessment | Examination | Failure) -> str:
    text = json.dumps(msgspec.to_builtins(value), indent=2, ensure_ascii=False)
    return text.encode(
        "utf-8", "replace"
    ).decode()  # what is no text, as in a path of odd bytes, becomes a question mark
