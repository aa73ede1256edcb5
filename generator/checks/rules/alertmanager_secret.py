"""Alertmanager reads keys that its secret has

Each key of Alertmanager's secret becomes a file, and the configuration names these: `routing_key_file`, `url_file`. A
file that no key becomes is not there when the first page is to be sent: Alertmanager logs it, and nobody hears of it.
The keys are those that the task is told to bring (`ALERTMANAGER_KEYS`), else those of the to-do list. Judged in
repositories that agency-scaffold generated; a key of your own is not taken for one of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import prometheus
from generator.checks.models.habits import Told, gathered
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, Point, at
from generator.checks.source import Sources, folder, lines, name, shared
from generator.monitored import ALERTMANAGER_KEYS
from generator.spelling import Guess, closest

FORMAT = Format.PROMETHEUS

_LIST: Final = re.compile(r'(ALERTMANAGER_KEYS\s*=\s*")([a-z0-9 -]+)"')
_USUAL: Final = frozenset(key for key, _ in ALERTMANAGER_KEYS.values())
_MISSPELT: Final = 0.9
"""From here on it is the same name, misspelt, though others name it rightly."""


@dataclass(frozen=True, slots=True)
class _Brought:
    """The keys that a task is told to bring."""

    path: str
    place: Point
    keys: frozenset[str]


def files(sources: Sources) -> list[str]:
    return [*prometheus.alertmanagers(sources), *sorted({one.path for one in _brought(sources)})]


def check(sources: Sources, path: str) -> list[Flaw]:
    return _found(sources).get(path, []) if is_ours(sources) else []


@shared
def _brought(sources: Sources) -> tuple[_Brought, ...]:
    found = []
    for path in sources.ending(".tf"):
        if b"ALERTMANAGER_KEYS" in sources.tree[path].content:
            for number, line in enumerate(lines(sources, path), 1):
                for match in _LIST.finditer(line):
                    place = Point(number, match.start(2) + 1)
                    found.append(_Brought(path, place, frozenset(match[2].split())))
    return tuple(found)


@shared
def _found(sources: Sources) -> Told:
    return gathered(one for path in prometheus.alertmanagers(sources) for one in _of(sources, path))


def _of(sources: Sources, path: str) -> Iterator[tuple[str, Flaw]]:
    read = list(_read(yaml.root(sources, path)))
    named = {name(node.text) for node in read}
    for node in read:
        key = name(node.text)
        for brought in _brought(sources) or (None,):
            known = brought.keys if brought else _USUAL
            near = "" if key in known else _near(key, known, named)
            if near:
                fix = f"Write {folder(node.text)}/{near}."
                yield path, at(node, f"Alertmanager's secret has no key {key}{Guess(near)}", fix)
            elif brought and key not in known:
                message = f"the key {key} is not brought, which Alertmanager reads ({path}:{node.line})"
                yield brought.path, at(brought.place, message, f"Add {key} to ALERTMANAGER_KEYS.")


def _near(key: str, known: frozenset[str], named: set[str]) -> str:
    """The key that was meant: one that nobody reads else, one of the same name but for a letter, or with words more."""
    near = closest(key, sorted(known - named)) or closest(key, sorted(known), _MISSPELT)
    longer = (one for one in sorted(known) if set(key.split("-")) < set(one.split("-")))
    near = near or next(longer, "")
    return "" if key.startswith(f"{near}-") or key.endswith(f"-{near}") else near


def _read(root: Node) -> Iterator[Node]:
    """The files in the folder of secrets that a configuration names."""
    for node in root.walk():
        for key, value in node.map.items():
            if key.endswith("_file") and name(folder(value.text)) == "secrets":
                yield value
