"""Commands of pages name workflows that exist, and what they take

A runbook is read when something is broken: a command that names a workflow which has another name, an input that it
lacks, or a value that it does not offer, costs the time that is short then. A workflow is called as its file in
`.github/workflows`. In what we generated, `make ... ENV=` names an environment that there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from generator.checks.formats import markdown, yaml
from generator.checks.models import github
from generator.checks.models.environments import wanted
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean, one_of
from generator.checks.source import Sources, lines, name, shared
from generator.finding import Severity
from generator.spelling import NO_GUESS, closest

FORMAT = Format.MARKDOWN

_ASKED: Final = re.compile(
    r"gh (?:workflow (?:run|view|enable|disable)|run list [^|;`]*--workflow)[ =]([\w.-]+\.ya?ml)\b"
)
_NAMED: Final = re.compile(r"(?<![\w/.*-])([\w-]+\.ya?ml)\b(?![/\w-]|\.\w)")
_NEAR: Final = 0.9
_ENVIRONMENT: Final = re.compile(r"\bmake infra-[\w-]+ (?:[\w-]+ ){0,4}ENV=([a-z][\w-]*)(?![\w<>$-])")
_RUN: Final = re.compile(r"gh workflow run ([\w.-]+\.ya?ml)\b[^|;&`]*")
_GIVEN: Final = re.compile(r"(?:-f|-F|--field|--raw-field)[ =]([\w-]+)=([^\s`]*)")
_MANY: Final = 2
"""Names of which nobody can say which one was meant."""


def files(sources: Sources) -> Iterator[str]:
    if _workflows(sources):
        yield from markdown.paths(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for number, row in enumerate(lines(sources, path), 1):
        if "ENV=" in row:
            yield from _environments(sources, number, row)
        if ".y" not in row:
            continue
        yield from _inputs(sources, number, row)
        asked = {match.start(1) for match in _ASKED.finditer(row)}
        for match in _NAMED.finditer(row):
            certain = match.start(1) in asked and not re.search(r"--repo|-R ", row)
            if match[1] not in _names(sources) and (certain or _is_meant(sources, match[1])):
                alike = _alike(sources, match[1])
                near = did_you_mean(match[1], _started(sources)) if len(alike) < _MANY else NO_GUESS
                message = f"there is no workflow {match[1]}"
                fix = one_of(alike) or f"Write the name of a workflow that is there, or add {match[1]}."
                flaw = at(Point(number, match.start(1) + 1), message, fix, near)
                yield flaw if certain else replace(flaw, severity=Severity.WARNING)


def _environments(sources: Sources, number: int, row: str) -> Iterator[Flaw]:
    """Values of ENV in a repository of ours that are no environment."""
    known = wanted(sources) if is_ours(sources) else set()
    for match in _ENVIRONMENT.finditer(row) if known else ():
        if match[1] not in known:
            near = did_you_mean(match[1], known)
            yield at(Point(number, match.start(1) + 1), f"there is no environment {match[1]}", one_of(known), near)


def _inputs(sources: Sources, number: int, row: str) -> Iterator[Flaw]:
    """What a workflow is given that it does not take."""
    for run in _RUN.finditer(row):
        path = f"{github.WORKFLOWS}{run[1]}"
        if path not in sources.tree or re.search(r"--repo|-R ", run[0]):
            continue
        known = yaml.root(sources, path).at("on", "workflow_dispatch", "inputs").map
        for match in _GIVEN.finditer(run[0]):
            column = run.start() + match.start(1) + 1
            given, value = match[1], match[2].strip("\"'")
            offered = [one.text for one in known[given].at("options").items] if given in known else []
            if given not in known:
                near = did_you_mean(given, known)
                yield at(Point(number, column), f"{run[1]} has no input {given}", one_of(known, "Take it out."), near)
            elif offered and re.fullmatch(r"[\w.-]+", value) and value not in offered:
                near = did_you_mean(value, offered)
                message = f"{value} is none of the options of {given}"
                yield at(Point(number, run.start() + match.start(2) + 1), message, one_of(offered), near)


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


@shared
def _started(sources: Sources) -> frozenset[str]:
    """Those that are more than called by others: only of these is anything asked, unless there are no others."""
    events = {path: set(yaml.root(sources, path).at("on").map) for path in github.workflow_paths(sources)}
    return frozenset(name(path) for path, of in events.items() if of != {"workflow_call"}) or _workflows(sources)


def _alike(sources: Sources, asked: str) -> list[str]:
    """The workflows that have the whole name that is asked for as a part of theirs."""
    stem = asked.partition(".")[0]
    return sorted(one for one in _started(sources) if stem in re.split(r"[-_.]", one))
