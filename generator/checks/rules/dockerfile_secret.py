"""No credential is an argument or a variable of an image

What `ARG` and `ENV` give stands in the history of the image, for everybody who may pull it; an argument also in the
logs of the build. Hand it to the one step that needs it instead: `RUN --mount=type=secret,id=...`, or give it to the
container when it runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import dockerfile
from generator.checks.models import credentials
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, lines
from generator.secrets import secrets

FORMAT = Format.DOCKER

_NAMES: Final = re.compile(r"(?:^|\s)([A-Za-z_]\w*)(?:=(\"[^\"]*\"|'[^']*'|\S*)|\s+(\S+)|$)")


def files(sources: Sources) -> Iterator[str]:
    return dockerfile.paths(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    told = (
        {one.line for one in credentials.written_out(sources, path)} if path in credentials.judged(sources) else set()
    )
    for one in dockerfile.parse(sources, path):
        if one.word in ("ARG", "ENV"):
            for line, column, name, value in _named(sources, path, one.word, one.line):
                known = line in told or any(secrets(lines(sources, path)[line - 1]))
                if credentials.is_credential(name) and (value or one.word == "ARG") and not known:
                    message = f"{one.word} {name} stays in the history of the image, with its value"
                    fix = "Hand it to the step that needs it: RUN --mount=type=secret."
                    yield habit(Flaw(line, message, fix, column))


def _named(sources: Sources, path: str, word: str, start: int) -> Iterator[tuple[int, int, str, str]]:
    """(line, column, name, value) of what an instruction gives, in all its lines."""
    for number, line in enumerate(lines(sources, path)[start - 1 :], start):
        rest = re.sub(rf"^\s*{word}\s", lambda match: " " * len(match[0]), line, flags=re.IGNORECASE)
        for match in _NAMES.finditer(rest.rstrip().removesuffix("\\").rstrip()):
            yield number, match.start(1) + 1, match[1], (match[2] or match[3] or "").strip("\"'")
            if match[3]:
                break
        if not line.rstrip().endswith("\\"):
            return
