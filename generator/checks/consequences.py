"""Tells a flaw from what only looks like one, because a file cannot be parsed that might hold what is missed.

A typo in one file must not lead to thirty findings in others. A finding is a consequence when what it was judged by
lacks the content of a file, and that file's text has a word of the finding: the name that is missed.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Final

from generator.checks.rule import Flaw, Rule
from generator.checks.source import Sources, name, shared, text

_WORD: Final = re.compile(r"[A-Za-z0-9]\w*")


def cause(sources: Sources, lacking: Set[str], rule: Rule, path: str, flaw: Flaw) -> str:
    """The file that cannot be parsed and may hold what a flaw of `path` misses; "" where none does."""
    if path in lacking:
        return path
    named = _words(f"{flaw.message} {name(path)}") - _words(rule.__doc__ or "")
    return next((one for one in sorted(lacking) if not named.isdisjoint(_held(sources, one))), "")


@shared
def _held(sources: Sources, path: str) -> frozenset[str]:
    return _words(text(sources, path))


def _words(content: str) -> frozenset[str]:
    return frozenset(_WORD.findall(content))
