"""Paths of CODEOWNERS are in the repository

A line whose path is nowhere asks nobody: the folder was renamed or moved, and what is in it now belongs to whoever
owns everything, or to no one. Correct the path, or take the line out. Patterns with wildcards are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from generator.checks.formats import yaml
from generator.checks.models import codeowners
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, did_you_mean, instead
from generator.checks.source import Sources, folders
from generator.finding import Severity
from generator.places import ANSWERS_FILE
from generator.spelling import NO_GUESS

FORMAT = Format.GITHUB


_MANY: Final = 1000
"""Folders of a tree."""


def files(sources: Sources) -> list[str]:
    path = codeowners.path(sources)
    return [path] if path else []


def check(sources: Sources, _path: str) -> Iterator[Flaw]:
    known = _known(sources)
    names = {part for one in known for part in one.split("/")}
    for entry in codeowners.entries(sources):
        bare = entry.pattern.strip("/")
        anywhere = "/" not in entry.pattern.rstrip("/")
        # The file itself is named at each of its places, so that nobody puts another before it.
        if entry.plain and bare and bare not in {*known, *codeowners.PLACES} and not (anywhere and bare in names):
            # Looking for a near name among thousands takes longer than it helps.
            near = did_you_mean(bare, folders(sources)) if len(folders(sources)) < _MANY else NO_GUESS
            message = f"nothing is at {entry.pattern}, so its owners are asked for nothing{near}"
            fix = instead(near, "Write the path that it has now, or take the line out.", "/")
            flaw = Flaw(entry.line, message, fix, 1, Severity.WARNING)
            yield habit(flaw) if near else flaw


def _known(sources: Sources) -> frozenset[str]:
    """Files and folders; the answers and the code that they name, too, since only our files may be read."""
    code = [one.at("path").text.strip("/") for one in yaml.root(sources, ANSWERS_FILE).at("services").items]
    above = {str(parent) for path in code for parent in PurePosixPath(path).parents}
    return folders(sources) | set(sources.tree) | {ANSWERS_FILE} | set(code) | above
