"""Paths of CODEOWNERS are in the repository

A line whose path is nowhere asks nobody: the folder was renamed or moved, and what is in it now belongs to whoever
owns everything, or to no one. Correct the path, or take the line out. Patterns with wildcards are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import codeowners
from generator.checks.rule import Flaw, Format, did_you_mean
from generator.checks.source import Sources, folders
from generator.finding import Severity
from generator.places import ANSWERS_FILE

FORMAT = Format.GITHUB


def files(sources: Sources) -> list[str]:
    path = codeowners.path(sources)
    return [path] if path else []


def check(sources: Sources, _path: str) -> Iterator[Flaw]:
    # The answers are judged with the files that are made from them, before they lie there.
    known = folders(sources) | set(sources.tree) | {ANSWERS_FILE}
    names = {part for one in known for part in one.split("/")}
    for entry in codeowners.entries(sources):
        bare = entry.pattern.strip("/")
        anywhere = "/" not in entry.pattern.rstrip("/")
        # The file itself is named at each of its places, so that nobody puts another before it.
        if entry.plain and bare and bare not in {*known, *codeowners.PLACES} and not (anywhere and bare in names):
            near = did_you_mean(bare, folders(sources))
            message = f"nothing is at {entry.pattern}, so its owners are asked for nothing{near}"
            yield Flaw(entry.line, message, "Correct the path, or take the line out.", 1, Severity.WARNING)
