"""YAML aliases do not blow up

A few lines of aliases that refer to each other can stand for millions of values, or for
themselves, and stop whatever reads the file. Write the values out.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.YAML

files = yaml.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    mistake = yaml.examined(sources, path).bomb
    if mistake:
        yield at(mistake, mistake.message, "Write the values out.")
