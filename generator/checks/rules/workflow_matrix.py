"""Rows of a matrix have what the job reads of them, and what is excluded is there

A row without a key that its job reads gives an empty text: a command that is empty succeeds. And GitHub
refuses an `exclude` with a key that the matrix does not have. Where a row leaves a key out on purpose,
write it with an empty value.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.github import Job
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources

FORMAT = Format.GITHUB


def files(sources: Sources) -> Iterator[str]:
    for path in github.workflow_paths(sources):
        if any(_matrix(job).is_map for job in github.jobs(sources, path).values()):
            yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for job in github.jobs(sources, path).values():
        matrix = _matrix(job)
        axes = [key for key in matrix.map if key not in ("include", "exclude")]
        for row in matrix.at("exclude").items:
            for key in row.keys:
                if key.text not in axes and "${{" not in key.text:
                    message = f"the matrix of {job.id} has no {key.text}"
                    yield at(key, message, one_of(axes, "Take the row out."), did_you_mean(key.text, axes))
        if not axes:
            yield from _rows(sources, path, job, matrix.at("include").items)


def _matrix(job: Job) -> Node:
    return job.node.at("strategy", "matrix")


def _rows(sources: Sources, path: str, job: Job, rows: list[Node]) -> Iterator[Flaw]:
    """The rows without a key that the job reads as it is, and that most of the others have."""
    if not all(row.is_map and "<<" not in [key.text for key in row.keys] for row in rows):
        return
    for key in sorted(_read(sources, path, job)):
        without = [row for row in rows if key not in row.map]
        if 0 < len(without) < len(rows) - len(without):
            for row in without:
                message = f"this row of the matrix of {job.id} has no {key}, which the job reads"
                yield habit(at(row, message, f"Add `{key}:` to it, with an empty value if that is meant."))


def _read(sources: Sources, path: str, job: Job) -> set[str]:
    """The keys that are read as the whole of an expression, outside of conditions."""
    alone = set()
    for part in github.embedded(sources, path):
        if part.job is job and not github.is_condition(part.where) and len(part.parsed.references) == 1:
            names = part.parsed.references[0].names
            if len(names) > 1 and names[0] == "matrix" and part.is_whole:
                alone.add(names[1])
    return alone
