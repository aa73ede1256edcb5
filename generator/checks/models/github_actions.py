"""Well-known actions from elsewhere: what the release that a step names takes and gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from generator.checks import data
from generator.checks.formats.yaml import Node
from generator.checks.source import Sources, lines, shared

_USES: Final = re.compile(r"([\w.-]+/[\w.-]+(?:/[\w./-]+)?)@(\S+)")
_VERSION: Final = re.compile(r"v?(\d+)(?:\.\d+)*")


@dataclass(frozen=True, slots=True)
class Release:
    """What a major version of an action declares; of a commit without a version beside it, what any has."""

    action: str
    inputs: frozenset[str]
    required: frozenset[str]
    outputs: frozenset[str]
    exact: bool
    """Whether that major version was recorded, not only others."""


def release(sources: Sources, path: str, uses: Node) -> Release | None:
    """What the action that `uses` names is known to declare; None for one that is not recorded."""
    match = _USES.fullmatch(uses.text)
    if match is None or match[1].lower() not in _recorded(sources):
        return None
    row = lines(sources, path)[uses.line - 1]
    comment = re.search(r"\b(v?\d+(?:\.\d+)*)\b", row.partition("#")[2])
    commit = re.fullmatch(r"[0-9a-f]{40}", match[2])
    version = _VERSION.fullmatch((comment[1] if comment else "") if commit else match[2])
    versions = _recorded(sources)[match[1].lower()]
    major = version[1] if version else ""
    if major in versions:
        return _release(match[1], [versions[major]], exact=True)
    if major:
        return _release(match[1], [versions[max(versions, key=int)]], exact=False)
    return _release(match[1], list(versions.values()), exact=not match[2].startswith(("v", "release")))


def _release(action: str, rows: list[dict[str, list[str]]], *, exact: bool) -> Release:
    sets = {key: [frozenset(row.get(key, ())) for row in rows] for key in ("inputs", "required", "outputs")}
    required = frozenset.intersection(*sets["required"])
    return Release(action, frozenset().union(*sets["inputs"]), required, frozenset().union(*sets["outputs"]), exact)


@shared
def _recorded(_: Sources) -> dict[str, Any]:
    return {action.lower(): versions for action, versions in data.load("github/actions.json").items()}
