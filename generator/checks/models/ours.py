"""Whether a tree is one that agency-scaffold makes: what only such trees promise is held against them alone."""

from __future__ import annotations

from generator.checks.source import Sources, shared
from generator.places import ANSWERS_FILE, STATE


@shared
def is_ours(sources: Sources) -> bool:
    """Whether the tree has our answers, or what a generation keeps beside them."""
    return ANSWERS_FILE in sources.tree or sources.has_folder(STATE)
