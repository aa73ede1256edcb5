"""YAML files can be parsed

A YAML file that cannot be parsed is refused by whatever reads it, often long after the commit.
Look at the line named and the one before it: the usual causes are an indent that differs by one
space, a tab, a `: ` inside an unquoted text, and a quote that is not closed. What another program turns into YAML
first (Jinja, ERB, Go, Maven) is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.unmerged import markers
from generator.checks.models.syntax_fixes import fix_of
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.YAML

files = yaml.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    mistake = yaml.examined(sources, path).syntax
    if mistake and not markers(sources, path):
        yield at(mistake, mistake.message, fix_of(mistake.message))
