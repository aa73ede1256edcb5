"""Pages name workflows that exist

A runbook is read when something is broken: a command that names a workflow which has another name costs the
time that is short then. A workflow is called as its file in `.github/workflows`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from generator.checks.formats import markdown
from generator.checks.models import github
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, did_you_mean, instead
from generator.checks.source import Sources, lines, name, shared
from generator.finding import Severity
from generator.spelling import closest

FORMAT = Format.MARKDOWN

_ASKED: Final = re.compile(
    r"gh (?:workflow (?:run|view|enable|disable)|run list [^|;`]*--workflow)[ =]([\w.-]+\.ya?ml)\b"
)
_NAMED: Final = re.compile(r"(?<![\w/.*-])([\w-]+\.ya?ml)\b(?![/\w-])")
_NEAR: Final = 0.9


def files(sources: Sources) -> Iterator[str]:
    if _workflows(sources):
        yield from markdown.paths(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = _workflows(sources)
    for number, row in enumerate(lines(sources, path), 1):
        if ".y" not in row:
            continue
        asked = {match.start(1) for match in _ASKED.finditer(row)}
        for match in _NAMED.finditer(row):
            certain = match.start(1) in asked and not re.search(r"--repo|-R ", row)
            if match[1] not in _names(sources) and (certain or _is_meant(sources, match[1])):
                message = f"there is no workflow {match[1]}{did_you_mean(match[1], known)}"
                flaw = Flaw(
                    number,
                    message,
                    instead(message, f"Write the name of a workflow that is there, or add {match[1]}."),
                    match.start(1) + 1,
                )
                yield flaw if certain else replace(flaw, severity=Severity.WARNING)


@shared
def _is_meant(sources: Sources, word: str) -> bool:
    """Whether a name of no file is one of a workflow with a slip, or longer in a repository where pages name those."""
    stem = word.partition(".")[0]
    stems = {one.partition(".")[0] for one in _workflows(sources)}
    longer = is_ours(sources) and any(stem.startswith(f"{one}-") for one in stems)
    return longer or stem in stems or bool(closest(word, sorted(_workflows(sources)), _NEAR))


@shared
def _workflows(sources: Sources) -> frozenset[str]:
    return frozenset(name(path) for path in github.workflow_paths(sources))


@shared
def _names(sources: Sources) -> frozenset[str]:
    """What any file is called."""
    return frozenset(name(path) for path in sources.tree)
