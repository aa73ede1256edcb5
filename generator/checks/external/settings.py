"""The settings of a judged repository for tools that do by them more than choose: they run programs, or write files.

A tool is given anew what is known only to choose, so that no way of writing the rest reaches it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from generator.checks.external.tool import Work
from generator.checks.formats import yaml

_MOST: Final = 1000
"""Entries that a list may have."""
_PLAIN: Final = (str, bool, int)


def chosen(work: Work, path: str, known: Collection[str]) -> dict[str, Any]:
    """What settings written as YAML choose: of their keys, those that are `known`, as `a` or as `a.b`.

    Whatever else they say, the tool's result tells that it was not followed.
    """
    given = _lowered(yaml.root(work.sources, path).value)
    return kept(work, path, given, known)


def kept(work: Work, path: str, given: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The same for settings that were parsed, with keys in small letters."""
    found: dict[str, Any] = {}
    for key in known:
        outer, _, inner = key.partition(".")
        value = (_lowered(given.get(outer)) if inner else given).get(inner or outer)
        if _chooses(value):
            (found.setdefault(outer, {}) if inner else found)[inner or outer] = value
    work.unused.update(f"{key} of {path}" for key, value in given.items() if not _followed(value, found.get(key)))
    return found


def _followed(value: object, kept: object) -> bool:
    """Whether all of a setting was kept."""
    if isinstance(value, dict):
        return isinstance(kept, dict) and len(value) == len(kept)
    return kept is not None


def write(place: Path, settings: Mapping[str, Any]) -> None:
    """Writes them as JSON, which is YAML, too."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(settings), encoding="utf-8")


def _lowered(value: object) -> dict[str, Any]:
    """A mapping by its keys in small letters: some tools ask for no others."""
    return {str(key).lower(): inner for key, inner in value.items()} if isinstance(value, dict) else {}


def _chooses(value: object) -> bool:
    """Whether it is a plain value or a list of such, none of which could be taken for an option."""
    values = value if isinstance(value, list) else [value]
    plain = len(values) <= _MOST and all(isinstance(one, _PLAIN) for one in values)
    return plain and not any(str(one).strip().startswith("-") for one in values)
