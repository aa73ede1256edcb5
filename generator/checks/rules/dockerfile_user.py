"""Images run as a numbered user that is not root

A process that runs as root in a container is root for the kernel too. And `runAsNonRoot` cannot
tell that a user given by name is not root, so that the pod does not start. End the last stage with
`USER <number>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats import dockerfile
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.DOCKER

files = dockerfile.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    user = None
    for one in dockerfile.parse(sources, path):
        if one.word == "FROM":
            user = None
        elif one.word == "USER":
            user = one
    if user is None:
        yield Flaw(0, "the last stage has no USER", "Add `USER 10001`.")
    elif not re.fullmatch(r"[1-9]\d*(:\d+)?", user.rest):
        yield at(user, f"USER {user.rest} is not a number other than 0", "Write the user's number.")
