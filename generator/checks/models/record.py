"""Whether a tree was generated: what only our own repositories promise is held against these alone."""

from __future__ import annotations

from generator.checks.source import Sources, shared
from generator.places import STATE


@shared
def generated(sources: Sources) -> bool:
    """Whether the tree has the record of a generation."""
    return any(sources.below(f"{STATE}/"))
