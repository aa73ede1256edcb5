"""No key is given twice in a YAML mapping

Most parsers keep the last of two equal keys and say nothing, so half of what the file says is
silently ignored. This often comes from a merge. Keep one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.YAML

files = yaml.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for mistake in yaml.parse(sources, path).duplicates:
        yield at(mistake, mistake.message, "Keep one of the two.")
