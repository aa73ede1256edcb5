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
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources
from generator.places import IGNORE

FORMAT = Format.TEXT


def files(sources: Sources) -> set[str]:
    return {*suppressed.paths(sources), *({IGNORE} & sources.tree.keys())}


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path == IGNORE:
        yield from ignore_file.read(sources).flaws
    for line, group in groupby(suppressed.in_file(sources, path), lambda one: one.line):
        here = list(group)
        first = here[0]
        if not first.rule:
            message = "the suppression names no rule"
            yield Flaw(line, message, "Write agency-scaffold-ignore RULE: reason.", first.column)
        elif not first.reason:
            message = f"the suppression of {', '.join(one.rule for one in here)} has no reason"
            yield Flaw(line, message, "Say after a colon why the finding is meant.", first.column)
