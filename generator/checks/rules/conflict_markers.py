"""No conflict markers are left

Lines that start with `<<<<<<<` or `>>>>>>>` say that a merge was not finished: neither side is in
force. Choose one side, or join both, and remove the markers.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.unmerged import markers
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.TEXT


def files(sources: Sources) -> Iterator[str]:
    return iter(sources.tree)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for line, marker in markers(sources, path):
        yield Flaw(line, f"conflict marker {marker}", "Finish the merge and remove the markers.")
