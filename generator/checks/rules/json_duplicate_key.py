"""No key is given twice in a JSON object

Parsers keep the last of two equal keys and say nothing. Keep one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import json
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.JSON

files = json.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for key in json.parse(sources, path).duplicates:
        yield at(key, f"key {key.name} is given twice in an object", "Keep one of the two.")
