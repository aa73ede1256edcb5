"""Images run as a numbered user that is not root

A process that runs as root in a container is root for the kernel too. And `runAsNonRoot` cannot
tell that a user given by name is not root, so that the pod does not start. End the last stage with
`USER <number>`. A repository whose images all run as root hears of it once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats import dockerfile
from generator.checks.formats.dockerfile import Instruction, Stage
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.rule import Format
from generator.checks.source import Sources

FORMAT = Format.DOCKER

files = dockerfile.paths


@habit_rule("End the last stage with `USER` and the number of a user.")
def check(sources: Sources) -> Iterator[Lapse | None]:
    yield from (_lapse(sources, path) for path in dockerfile.paths(sources))


def _lapse(sources: Sources, path: str) -> Lapse | None:
    stages = dockerfile.stages(sources, path)
    if not stages:
        return None
    user, base = _user(stages)
    if user is None:
        return None if "nonroot" in base else Lapse(path, 0, "the last stage has no USER")
    if user.rest and "$" not in user.rest and not re.fullmatch(r"[1-9]\d*(:\w+)?", user.rest):
        return lapse(path, user, f"USER {user.rest} is not a number other than 0")
    return None


def _user(stages: tuple[Stage, ...]) -> tuple[Instruction | None, str]:
    """The last USER of the last stage, or of the stages that it is made from; and the image that all begins with."""
    by_name = {stage.name: number for number, stage in enumerate(stages) if stage.name}
    number = len(stages) - 1
    while True:
        users = [one for one in stages[number].instructions if one.word == "USER"]
        before = by_name.get(stages[number].base.lower(), number)
        if users or before >= number:
            return (users[-1] if users else None), stages[number].base
        number = before
