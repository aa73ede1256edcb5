"""No conflict markers are left

Lines that start with `<<<<<<<` or `>>>>>>>` say that a merge was not finished: neither side is in
force. Choose one side, or join both, and remove the markers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, lines

FORMAT = Format.TEXT

_MARKERS: Final = ("<<<<<<< ", ">>>>>>> ", "||||||| ")


def files(sources: Sources) -> Iterator[str]:
    return iter(sources.tree)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if any(marker.encode() in sources.tree[path].content for marker in _MARKERS):
        for number, line in enumerate(lines(sources, path), 1):
            if line.startswith(_MARKERS):
                yield Flaw(number, f"conflict marker {line[:7]}", "Finish the merge and remove the markers.")
