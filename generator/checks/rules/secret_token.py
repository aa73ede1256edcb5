"""No credentials are written into files

A key in a repository is known to everyone who ever cloned it. Revoke it first, then remove it, and
put the new one into the secret store.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, lines
from generator.secrets import HINTS, secrets

FORMAT = Format.TEXT


def files(sources: Sources) -> Iterator[str]:
    return iter(sources.tree)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if not HINTS.search(sources.tree[path].content):
        return
    for number, line in enumerate(lines(sources, path), 1):
        for offset, kind in secrets(line):
            yield Flaw(number, f"this looks like {kind}", "Revoke it, then remove it.", offset + 1)
