"""TOML files can be parsed, and give no key twice

A TOML file that cannot be parsed is refused by whatever reads it: dependencies are not installed, a tool
does not start. The usual causes are a quote that is not closed, text without quotes, and a key or table
that stands there already, often after a merge.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import toml
from generator.checks.formats.unmerged import markers
from generator.checks.models.syntax_fixes import fix_of
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.TOML

files = toml.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    mistake = toml.mistake(sources, path)
    if mistake and not markers(sources, path):
        yield at(mistake, mistake.message, fix_of(mistake.message))
