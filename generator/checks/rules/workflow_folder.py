"""Steps of workflows work in folders that are there

A step whose `working-directory` does not exist fails before its first command, and so do a build whose `context` is not
there, `terraform -chdir` and `cd`. Correct the path. What matrices and callers give to a workflow or an action of the
repository is followed. A folder that an earlier step may have made is not judged: its name stands in that step, or the
step is an action that is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import known_steps
from generator.checks.models.habits import Told
from generator.checks.models.known_steps import FOLDERS, Known
from generator.checks.models.service_folders import service_folders
from generator.checks.rule import Flaw, Format, at, did_you_mean_path, instead_path
from generator.checks.source import Sources, folders, shared
from generator.spelling import NO_GUESS

FORMAT = Format.GITHUB

_FIX = "Write a folder of the repository, or make it in a step before."
_EACH = "Write a folder that is there with each of the values, or make it in a step before."

files = known_steps.files


def check(sources: Sources, path: str) -> list[Flaw]:
    return _told(sources).get(path, [])


@shared
def _told(sources: Sources) -> Told:
    return known_steps.told(sources, _of_step)


def _of_step(sources: Sources, known: Known) -> Iterator[tuple[str, Flaw]]:
    for node in _places(known):
        for gone in known_steps.missing(sources, known, node):
            there = (*folders(sources), *service_folders(sources))
            near = did_you_mean_path(gone.places[0], there) if gone.is_whole else NO_GUESS
            message = f"there is no folder {', '.join(gone.places)}{gone.used}{near}"
            yield gone.path, at(gone.written, message, instead_path(near, "", _FIX if gone.is_whole else _EACH))


def _places(known: Known) -> Iterator[Node]:
    """Where a step says in which folder it works."""
    run = known.step.at("run").text
    if run:
        yield known.step.at("working-directory") or known.usual
    elif known.action in FOLDERS:
        yield known.step.at("with", FOLDERS[known.action])
    for name, node in (one for env in known.env for one in env.map.items()) if "$" in run else ():
        used = rf"(?:-chdir=|(?:^|[;&|(\s])cd )\"?\$(?:{re.escape(name)}\b|\{{{re.escape(name)}\}})\"?(?:[\s;&|)]|$)"
        if "${{" in node.text and re.search(used, run):
            yield node
