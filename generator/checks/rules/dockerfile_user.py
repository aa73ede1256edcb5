"""Images run as a numbered user that is not root

A process that runs as root in a container is root for the kernel too. And `runAsNonRoot` cannot
tell that a user given by name is not root, so that the pod does not start. End the last stage with
`USER <number>`. A repository whose images all run as root hears of it once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from generator.checks.formats import dockerfile
from generator.checks.models.habits import Lapse, Told, lapse, told
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, shared

FORMAT = Format.DOCKER

files = dockerfile.paths


def check(sources: Sources, path: str) -> Iterable[Flaw]:
    return _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    flaws = [_flaw(sources, path) for path in dockerfile.paths(sources)]
    lapses = [one for one in flaws if one]
    return told(lapses, len(flaws) - len(lapses), "End the last stage with `USER` and the number of a user.")


def _flaw(sources: Sources, path: str) -> Lapse | None:
    instructions = dockerfile.parse(sources, path)
    starts = [number for number, one in enumerate(instructions) if one.word == "FROM"]
    users = [one for one in instructions[starts[-1] :] if one.word == "USER"] if starts else []
    if starts and not users:
        return Lapse(path, 0, "the last stage has no USER")
    if users and "$" not in users[-1].rest and not re.fullmatch(r"[1-9]\d*(:\w+)?", users[-1].rest):
        return lapse(path, users[-1], f"USER {users[-1].rest} is not a number other than 0")
    return None
