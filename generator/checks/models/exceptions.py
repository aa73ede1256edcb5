"""What scanners were told to overlook: the entries of their files, and the comments at the place itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.source import Sources, lines, name, shared

TRIVY: Final = (".trivyignore.yaml", ".trivyignore.yml")
CHECKOV: Final = (".checkov.yaml", ".checkov.yml")
ZIZMOR: Final = ("zizmor.yml", "zizmor.yaml", ".zizmor.yml")
JUDGE: Final = "scripts/check-exceptions.sh"
"""Our own script, with the list of what is by design."""


@dataclass(frozen=True, slots=True)
class Named:
    """A path that an exception names."""

    text: str
    exception: str
    line: int
    column: int


def trivy_entries(sources: Sources, path: str) -> Iterator[tuple[str, Node]]:
    """(kind, entry) of a file of trivy's."""
    for kind, entries in yaml.root(sources, path).map.items():
        for entry in entries.items:
            if entry.is_map:
                yield kind, entry


@shared
def files(sources: Sources) -> tuple[str, ...]:
    """The files with entries that name paths."""
    wanted = {*TRIVY, *CHECKOV, *ZIZMOR}
    return tuple(path for path in sources.tree if name(path) in wanted or path == JUDGE)


def named(sources: Sources, path: str) -> Iterator[Named]:
    """The paths that exceptions of a file name, without those that are patterns."""
    for one in _named(sources, path):
        if one.text and not re.search(r"[*?\[\]{}()^$|\\<>]", one.text):
            yield one


def _named(sources: Sources, path: str) -> Iterator[Named]:
    if path == JUDGE:
        yield from _designed(sources)
    elif name(path) in TRIVY:
        for kind, entry in trivy_entries(sources, path):
            # The paths of vulnerabilities lie inside of images.
            for item in entry.at("paths").items if kind in ("misconfigurations", "secrets") else ():
                yield Named(item.text, entry.at("id").text, item.line, item.column)
    elif name(path) in CHECKOV:
        for item in yaml.root(sources, path).at("skip-path").items:
            yield Named(item.text, "skip-path", item.line, item.column)
    else:
        for rule, settings in yaml.root(sources, path).at("rules").map.items():
            for item in settings.at("ignore").items:
                yield Named(item.text.partition(":")[0], rule, item.line, item.column)


def _designed(sources: Sources) -> Iterator[Named]:
    """The list of our own script: a check and a file in each line."""
    for number, line in enumerate(lines(sources, JUDGE), 1):
        match = re.fullmatch(r"([A-Z]+[A-Z0-9_-]*-\d+) (\S+)", line)
        if match:
            yield Named(match[2], match[1], number, match.start(2) + 1)
