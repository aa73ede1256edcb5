"""What asks for a failure runs when there is one

Without `failure()`, `always()` or `!cancelled()` in its `if`, a step or job is skipped as soon as something before it
failed. So `if: steps.test.outcome == 'failure'` never holds, and a notice that hands on `job.status` or
`needs.deploy.result` is sent while all is well alone, and says so. Put the function into the `if`. A step with
`continue-on-error` is the other way round: the job does not fail with it, so that `failure()` does not see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.github import Embedded, Job
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.GITHUB

_STATUS: Final = frozenset(("always", "cancelled", "failure", "success"))
_BAD: Final = ("failure", "cancelled")
_EITHER: Final = ("||", "!(", "! (")
"""Signs of a condition that may hold by another part of it."""

files = github.workflow_paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    by_owner: dict[tuple[str, int], list[Embedded]] = {}
    for part in github.embedded(sources, path):
        if part.job:
            by_owner.setdefault((part.job.id, part.step), []).append(part)
    for (_, step), parts in by_owner.items():
        conditions = [part for part in parts if github.is_condition(part.where)]
        if any(one.call and one.names[0].lower() in _STATUS for c in conditions for one in c.parsed.references):
            continue
        for part in parts:
            if part.job and github.is_condition(part.where):
                yield from _never(part, part.job)
            elif part.job:
                yield from _always(part, part.job, step)


def _never(part: Embedded, job: Job) -> Iterator[Flaw]:
    """A bad end that is asked for, of what must have ended well."""
    text = part.written.text
    if any(sign in text for sign in _EITHER):
        return
    for one in part.parsed.comparisons:
        word = one.text.lower()
        if one.equal and word in _BAD and _asks(one.names, job, part.step):
            name = ".".join(one.names)
            message = f"{name} is never {word} where this runs: it is skipped as soon as something before it failed"
            line, column = part.place(one.offset)
            yield Flaw(line, message, _fix(word), column)


def _fix(word: str) -> str:
    return f"Write `{'failure' if word == 'failure' else 'cancelled'}() && ` at the beginning of the condition."


def _asks(names: tuple[str, ...], job: Job, step: int) -> bool:
    """Whether it is the end of a step that the job fails with, or of a job that this one needs."""
    if len(names) != 3:
        return False
    if step >= 0 and names[0] == "steps" and names[2] in ("outcome", "conclusion"):
        asked = job.step(names[1])
        return bool(asked) and (names[2] == "conclusion" or not asked.at("continue-on-error"))
    return step < 0 and names[0] == "needs" and names[2] == "result" and names[1] in job.needs


def _always(part: Embedded, job: Job, step: int) -> Iterator[Flaw]:
    """The state of things that is handed on by what runs in one of them alone."""
    for one in part.parsed.references:
        status = step >= 0 and one.names == ("job", "status")
        result = len(one.names) == 3 and one.names[0] == "needs" and one.names[2] == "result"
        if status or (result and one.names[1] in job.needs and not _runs_anyway(job, step)):
            what = f"step {_called(job.steps[step], step)}" if status else f"job {job.id}"
            message = f"{'.'.join(one.names)} is always success here: {what} is skipped as soon as anything failed"
            line, column = part.place(one.offset)
            yield habit(Flaw(line, message, f"Write `if: always()` at {what}.", column))


def _runs_anyway(job: Job, step: int) -> bool:
    """Whether the job of a step has a condition that may let it run after a failure."""
    return step >= 0 and any(f"{name}(" in job.node.at("if").text for name in _STATUS)


def _called(step: Node, number: int) -> str:
    return step.at("name").text or step.at("id").text or str(number + 1)
