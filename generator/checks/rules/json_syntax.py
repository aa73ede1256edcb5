"""JSON files can be parsed

A JSON file that cannot be parsed is refused by whatever reads it. The usual causes are a comma
after the last item, a comment, and single quotes.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import json
from generator.checks.formats.unmerged import markers
from generator.checks.models.syntax_fixes import fix_of
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.JSON

files = json.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    parsed = json.examined(sources, path)
    if parsed.error and not markers(sources, path):
        yield at(parsed, parsed.error, fix_of(parsed.error))
