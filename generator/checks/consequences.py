"""Tells a flaw from what only looks like one, because a file cannot be parsed that might hold what is missed.

A typo in one file must not lead to thirty findings in others. A finding is a consequence when what it was judged by
lacks the content of a file, that file's text has a name of the finding, and what is wrong with the file is told: what
is meant, or left out, excuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Set
from typing import Final

from generator.checks.models import ignore_file, suppressed
from generator.checks.rule import Flaw, Rule
from generator.checks.source import Sources, folder, name, shared

BROKEN: Final = frozenset({
    "text-encoding", "conflict-markers", "yaml-syntax", "yaml-bomb", "json-syntax", "toml-syntax", "hcl-syntax",
    "shell-syntax",
})  # fmt: skip
"""The rules that tell of files which cannot be read as what they are."""
_WORD: Final = re.compile(r"[A-Za-z0-9]\w*")


def cause(sources: Sources, lacking: Set[str], rule: Rule, path: str, flaw: Flaw) -> str:
    """The file that cannot be parsed and may hold what a flaw of `path` misses; "" where none does."""
    told = [one for one in sorted(lacking) if _is_told(sources, one)]
    if path in told:
        return path
    named = _words(flaw.message) - _words(rule.__doc__ or "")
    return next((one for one in told if _may_hold(sources, one, named, name(path))), "")


def tells(rules: Collection[str]) -> bool:
    """Whether these rules tell of all files that cannot be parsed."""
    return set(rules) >= BROKEN


@shared
def _is_told(sources: Sources, path: str) -> bool:
    """Whether nobody said that what is wrong with a file is meant, and it is not one of which nothing is said."""
    meant = {one.rule for one in suppressed.in_file(sources, path) if one.reason}
    meant |= {one.rule for one in ignore_file.read(sources).entries if path in one.paths}
    return path not in sources.quiet and meant.isdisjoint({*BROKEN, ignore_file.ALL})


def _may_hold(sources: Sources, broken: str, named: Set[str], file: str) -> bool:
    return not named.isdisjoint(_held(sources, broken)) or file in _text(sources, broken)


@shared
def _held(sources: Sources, path: str) -> frozenset[str]:
    # A kustomization brings what its files hold, and has but the name of their folder.
    return _words(f"{_text(sources, path)} {folder(path)}")


def _text(sources: Sources, path: str) -> str:
    """The file's text, whatever its encoding is."""
    return sources.tree[path].content.decode("utf-8", "replace")


def _words(content: str) -> frozenset[str]:
    return frozenset(_WORD.findall(content))
