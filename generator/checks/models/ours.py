"""Whether a tree is one that agency-scaffold makes: what only such trees promise is held against them alone."""

from __future__ import annotations

from typing import Final

from generator.checks.source import Sources, shared, text
from generator.places import ANSWERS_FILE, STATE


@shared
def is_ours(sources: Sources) -> bool:
    """Whether the tree has our answers, or what a generation keeps beside them."""
    return ANSWERS_FILE in sources.tree or sources.has_folder(STATE)


_MANAGED: Final = "# Managed by agency-scaffold"


@shared
def is_managed(sources: Sources, path: str) -> bool:
    """Whether a file of ours says that it was generated: what the team's own files are for is not known."""
    return is_ours(sources) and text(sources, path).startswith(_MANAGED)
