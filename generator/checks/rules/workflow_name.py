"""Workflows that scripts and roles name exist

A tag is a candidate when the workflows of a list were green, and a role lets one workflow in: where that has another
name, nothing is released and nobody gets in. Write the name of the file in `.github/workflows`. What pages name,
`page-command` judges, and what jobs call, `workflow-call`. Judged are repositories that agency-scaffold made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.models import github
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, Placed, Point, at, did_you_mean, one_of
from generator.checks.source import Sources, lines, name

FORMAT = Format.GITHUB

_PATH: Final = re.compile(
    r"(?:(?:\$\{var\.repository\}|\$GITHUB_REPOSITORY)/\.github/workflows/|\bgh workflow run |--workflow[ =])"
    r"[\"']?([\w-][\w.-]*\.ya?ml)\b"
)
_FILE: Final = re.compile(r"[\w-][\w.-]*\.ya?ml")


def files(sources: Sources) -> Iterator[str]:
    if is_ours(sources) and _known(sources):
        yield from github.workflow_paths(sources)
        yield from (path for path in sources.ending(".tf", ".sh") if b".y" in sources.tree[path].content)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = _known(sources)
    if path.startswith(github.WORKFLOWS):
        for node in yaml.root(sources, path).walk():
            for value in node.at("env").map.values():
                words = value.text.split()
                listed = all(_FILE.fullmatch(word) for word in words) and known & set(words)
                for word in words if listed else ():
                    if word not in known:
                        yield _flaw(value, word, known)
    for number, line in enumerate(lines(sources, path), 1):
        for match in _PATH.finditer(line) if ".y" in line and not line.lstrip().startswith(("#", "//")) else ():
            if match[1] not in known:
                yield _flaw(Point(number, match.start(1) + 1), match[1], known)


def _flaw(place: Placed, word: str, known: set[str]) -> Flaw:
    return at(place, f"there is no workflow {word}", one_of(known), did_you_mean(word, known))


def _known(sources: Sources) -> set[str]:
    return {name(path) for path in github.workflow_paths(sources)}
