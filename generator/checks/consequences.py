"""Tells a flaw from what only looks like one, because a file cannot be parsed that might hold what is missed.

A typo in one file must not lead to thirty findings in others. A finding is a consequence when what it was judged by
lacks the content of a file, that file's text has a name of the finding, and what is wrong with the file is told: what
is meant, or left out, excuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Set
from pathlib import PurePosixPath
from typing import Final

from generator.checks.models import ignore_file, suppressed
from generator.checks.rule import Flaw, Rule
from generator.checks.source import Sources, folder, join, name, shared

BROKEN: Final = frozenset({
    "text-encoding", "conflict-markers", "yaml-syntax", "yaml-bomb", "json-syntax", "toml-syntax", "hcl-syntax",
    "shell-syntax",
})  # fmt: skip
"""The rules that tell of files which cannot be read as what they are."""
_PATH: Final = re.compile(r"[\w.-]*/[\w./-]*\w|[\w-]+(?:\.[\w-]+)+")
"""What can only be a path: a name without slash and dot may be that of anything."""
_WORD: Final = re.compile(r"[A-Za-z0-9]\w*")


def cause(sources: Sources, lacking: Set[str], rule: Rule, path: str, flaw: Flaw) -> str:
    """The file that cannot be parsed and may hold what a flaw of `path` misses; "" where none does."""
    told = [one for one in sorted(lacking) if _is_told(sources, one)]
    if path in told:
        return path
    named = _words(flaw.message) - _words(rule.__doc__ or "")
    return next((one for one in told if _may_hold(sources, one, named, name(path))), "")


def names_absent(sources: Sources, path: str, message: str) -> bool:
    """Whether a flaw of `path` names what belongs to the repository and is not here: nobody knows what it holds."""
    if not sources.absent:
        return False
    named = (join(base, one) for one in _PATH.findall(message) for base in (folder(path), ""))
    return any(_is_absent(sources, one) for one in named if one)


@shared
def _not_here(sources: Sources) -> frozenset[str]:
    """What is not here, with the folders that have no file either."""
    above = {str(parent) for path in sources.absent for parent in PurePosixPath(path).parents if parent.name}
    return frozenset([*sources.absent, *(one for one in above if not sources.has_folder(one))])


def _is_absent(sources: Sources, path: str) -> bool:
    ways = (path, *map(str, PurePosixPath(path).parents))
    return path not in sources.tree and not _not_here(sources).isdisjoint(ways)


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
