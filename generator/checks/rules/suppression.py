"""Suppressions name a rule, say why, and are still needed

A finding that is meant is suppressed where it stands: `# agency-scaffold-ignore RULE: reason`, at the end of its line
or alone on the line above; `agency-scaffold-ignore-file` is for the whole file. What can hold no comment, as JSON, and
whole folders are named in `.agency-scaffold-ignore.yml`. Without a reason nobody knows later whether it may go, with a
name that no rule has or a path that is not there it does nothing, and one that finds nothing any more hides the next
mistake at its place: take it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from generator.checks.models import ignore_file, suppressed
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, join, name
from generator.finding import Severity
from generator.places import ANSWERS_FILE, IGNORE, LOCK

FORMAT = Format.TEXT
_CALLED = {IGNORE, IGNORE.replace(".yml", ".yaml")}
_FORM = "Write agency-scaffold-ignore RULE: reason, or agency-scaffold-ignore-file for the whole file."


def files(sources: Sources) -> set[str]:
    return {*suppressed.alike(sources), *(path for path in sources.tree if name(path) in _CALLED)}


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path == IGNORE:
        yield from ignore_file.read(sources).flaws
    elif name(path) in _CALLED:
        yield from _elsewhere(sources, path)
    for one in suppressed.misspelt(sources, path):
        yield at(one, f"{one.word} suppresses nothing: no comment of ours is called so", _FORM)
    for line, group in groupby(suppressed.in_file(sources, path), lambda one: one.line):
        here = list(group)
        first = here[0]
        if not first.rule:
            message = "the suppression names no rule"
            yield Flaw(line, message, "Write agency-scaffold-ignore RULE: reason.", first.column)
        elif not first.reason:
            message = f"the suppression of {', '.join(one.rule for one in here)} has no reason"
            yield Flaw(line, message, "Say after a colon why the finding is meant.", first.column)


def _elsewhere(sources: Sources, path: str) -> Iterator[Flaw]:
    """Of a file that is not read; one in a repository of ours that lies in this one is at its own top."""
    here = folder(path)
    if not here:
        yield Flaw(0, f"{path} is not read: the file is called {IGNORE}", f"Rename it to {IGNORE}.")
    elif sources.tree.keys().isdisjoint({join(here, ANSWERS_FILE), join(here, LOCK)}):
        fix = f"Move its entries into {IGNORE} at the top, with their paths as seen from there."
        yield Flaw(0, f"it is not read: only {IGNORE} at the top is", fix, severity=Severity.WARNING)
