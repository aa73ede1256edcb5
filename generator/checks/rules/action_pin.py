"""Actions of others are pinned to a commit

Whoever takes over an action takes over its tags and branches, and with them the token and the roles of
every workflow that runs it. Write the whole commit, and the version in a comment, where Dependabot and
Renovate keep both up to date: `uses: actions/checkout@<40 digits>  # v7.0.1`. A part of a commit is
refused by GitHub. A repository that pins nothing hears of it once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.GITHUB

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_SHORT: Final = re.compile(r"(?=.*[a-f])(?=.*\d)[0-9a-f]{7,39}")

files = github.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for uses in _uses(sources, path):
        if _SHORT.fullmatch(_reference(uses)):
            message = f"{uses.text} ends in a part of a commit, and GitHub takes none but a whole one"
            yield at(uses, message, "Write all 40 digits of the commit.")
    yield from _found(sources, path)


@habit_rule("Write the commit, and the version behind it as a comment.")
def _found(sources: Sources) -> Iterator[Lapse | None]:
    for path in github.paths(sources):
        loose = [uses for uses in _uses(sources, path) if not _COMMIT.fullmatch(_reference(uses))]
        loose = [uses for uses in loose if not _SHORT.fullmatch(_reference(uses))]
        if any(_COMMIT.fullmatch(_reference(uses)) for uses in _uses(sources, path)):
            yield None
        if loose:
            others = sorted({uses.text for uses in loose[1:]} - {loose[0].text})
            more = f"; so are {', '.join(others)}" if others else ""
            message = f"{loose[0].text} is whatever its owner calls {_reference(loose[0])} today{more}"
            yield lapse(path, loose[0], message)


def _uses(sources: Sources, path: str) -> Iterator[Node]:
    """What actions and workflows of other repositories are used; images have their own rule."""
    for job in github.jobs(sources, path).values():
        for uses in (job.node.at("uses"), *(step.at("uses") for step in job.steps)):
            if "@" in uses.text and not uses.text.startswith(("./", "docker://")) and "${{" not in uses.text:
                yield uses


def _reference(uses: Node) -> str:
    return uses.text.rpartition("@")[2]
