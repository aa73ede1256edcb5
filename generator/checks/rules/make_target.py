"""Make targets that are named exist

A workflow, script or page that says `make x` fails or misleads when no makefile of the repository
has a target `x`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.rule import Flaw, Format, did_you_mean
from generator.checks.source import Sources, lines, makefiles, shared

FORMAT = Format.MAKE

# In prose only `make x` in backticks is a command; in code it is a word of its own.
_PROSE: Final = re.compile(r"`make ((?:[a-z][\w-]*)(?= |`))")
_CODE: Final = re.compile(r"(?:^|[\s\"'`(;&|])make ([a-z][\w-]*)(?=[\s\"'`;&|)]|$)")
_TARGET: Final = re.compile(r"^(?:\$\(call \w+,)?([A-Za-z][\w.-]*(?: [A-Za-z][\w.-]*)*)\)? *:(?!=)")


def files(sources: Sources) -> Iterator[str]:
    if not targets(sources):
        return
    for path in sources.tree:
        if path.endswith((".md", ".sh", "/todo.yml")) or path.startswith(".github/workflows/"):
            yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    fenced = False
    for number, line in enumerate(lines(sources, path), 1):
        if path.endswith(".md") and line.lstrip().startswith("```"):
            fenced = not fenced
        prose = not fenced if path.endswith(".md") else _is_comment(line)
        for match in (_PROSE if prose else _CODE).finditer(line) if "make " in line else ():
            if match[1] not in targets(sources):
                message = f"there is no make target {match[1]}{did_you_mean(match[1], targets(sources))}"
                yield Flaw(number, message, column=match.start(1) + 1)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#") or ": " in line.partition("make ")[0]


@shared
def targets(sources: Sources) -> frozenset[str]:
    """The targets of all makefiles."""
    found: set[str] = set()
    for path in makefiles(sources):
        for line in lines(sources, path):
            match = _TARGET.match(line)
            found |= set(match[1].split()) if match else set()
    return frozenset(found)
