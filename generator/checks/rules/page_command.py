"""Commands of pages name workflows and options that exist

A runbook is read when something is broken: a command that prints its usage, or a workflow that has another
name, costs the time that is short then. A script takes the options that its text names, and a workflow is
called as its file in `.github/workflows`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from generator.checks.formats import markdown
from generator.checks.models import github, script_usage
from generator.checks.rule import Flaw, Format, did_you_mean
from generator.checks.source import Sources, lines, name, shared
from generator.finding import Severity
from generator.spelling import closest

FORMAT = Format.MARKDOWN

_SCRIPT: Final = re.compile(r"(?<![\w/.-])(?:\./)?((?:[\w.-]+/)*[\w.-]+\.sh)((?:[ \t]+[^\s`|;&)]+)+)")
_ASKED: Final = re.compile(
    r"gh (?:workflow (?:run|view|enable|disable)|run list [^|;`]*--workflow)[ =]([\w.-]+\.ya?ml)\b"
)
_NAMED: Final = re.compile(r"(?<![\w/.*-])([\w-]+\.ya?ml)\b(?![/\w-])")
_NEAR: Final = 0.75

files = markdown.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for number, row in enumerate(lines(sources, path), 1):
        if ".sh " in row and "--" in row:
            yield from _options(sources, number, row)
        if ".y" in row and _workflows(sources):
            yield from _workflow(sources, number, row)


def _options(sources: Sources, number: int, row: str) -> Iterator[Flaw]:
    for match in _SCRIPT.finditer(row):
        known = script_usage.options(sources, match[1]) if match[1] in sources.tree else None
        if not known:
            continue
        for word in re.finditer(r"(?<=[ \t])--([a-z][\w-]*)?", match[2]):
            if not word[1]:
                break  # what follows is for another program
            if word[0] not in known:
                message = f"{match[1]} has no option {word[0]}{did_you_mean(word[0], known)}"
                yield Flaw(number, message, column=match.start(2) + word.start() + 1)


def _workflow(sources: Sources, number: int, row: str) -> Iterator[Flaw]:
    known = _workflows(sources)
    asked = {match.start(1) for match in _ASKED.finditer(row)}
    for match in _NAMED.finditer(row):
        if match[1] in _names(sources):
            continue
        certain = match.start(1) in asked
        if certain or _near(sources, match[1]):
            message = f"there is no workflow {match[1]}{did_you_mean(match[1], known)}"
            flaw = Flaw(number, message, column=match.start(1) + 1)
            yield flaw if certain else replace(flaw, severity=Severity.WARNING)


@shared
def _near(sources: Sources, word: str) -> str:
    return closest(word, sorted(_workflows(sources)), _NEAR)


@shared
def _workflows(sources: Sources) -> frozenset[str]:
    return frozenset(name(path) for path in github.workflow_paths(sources))


@shared
def _names(sources: Sources) -> frozenset[str]:
    """What any file is called."""
    return frozenset(name(path) for path in sources.tree)
