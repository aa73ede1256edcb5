"""What git leaves in a file whose merge was not finished."""

from __future__ import annotations

from typing import Final

from generator.checks.source import Sources, lines, shared

_MARKERS: Final = ("<<<<<<< ", ">>>>>>> ", "||||||| ")


@shared
def markers(sources: Sources, path: str) -> tuple[tuple[int, str], ...]:
    """The lines with a marker, and the marker; `=======` alone may be a heading, and never stands alone."""
    if not any(marker.encode() in sources.tree[path].content for marker in _MARKERS):
        return ()
    rows = enumerate(lines(sources, path), 1)
    return tuple((number, row[:7]) for number, row in rows if row.startswith(_MARKERS))
