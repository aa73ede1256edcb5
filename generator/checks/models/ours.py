"""Whether a tree is one that agency-scaffold makes: what only such trees promise is held against them alone."""

from __future__ import annotations

from typing import Final

from generator.checks.source import Sources, shared, text
from generator.places import ANSWERS_FILE, STATE
from generator.repository import recorded


@shared
def is_ours(sources: Sources) -> bool:
    """Whether the tree has our answers, or what a generation keeps beside them."""
    return ANSWERS_FILE in sources.tree or sources.has_folder(STATE)


_MANAGED: Final = "# Managed by agency-scaffold"


@shared
def is_managed(sources: Sources, path: str) -> bool:
    """Whether a file of ours says that it was generated: what the team's own files are for is not known."""
    return is_ours(sources) and text(sources, path).startswith(_MANAGED)


@shared
def _recorded(sources: Sources) -> frozenset[str]:
    """What we make still, and nobody refused."""
    return frozenset(path for word, path in recorded(sources.tree) if "+" not in word)


def restored(sources: Sources, path: str, otherwise: str) -> str:
    """The fix where something names a file that is not there: to bring back what we wrote, else `otherwise`."""
    if path not in _recorded(sources):
        return otherwise
    return f"Bring it back: git restore {path}, or agency-scaffold resolve {path} --new."
