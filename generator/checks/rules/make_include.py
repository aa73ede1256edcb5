"""Files that a makefile includes exist

`make` stops at an `include` of a file that is not there. Write `-include` for one that may be missing.
What git leaves out, what a rule of the makefile makes and what a condition asks for first is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.models.ignored import is_ignored
from generator.checks.rule import Flaw, Format, did_you_mean_path, instead_path
from generator.checks.source import Sources, folder, join, lines, makefiles

FORMAT = Format.MAKE

_WORD: Final = re.compile(r"\S+")
_PATTERN: Final = re.compile(r"[$*?\[\\]")

files = makefiles


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for number, line in enumerate(lines(sources, path), 1):
        for match in _WORD.finditer(line.partition("#")[0], len("include ")) if line.startswith("include ") else ():
            target = join(folder(path), match[0])
            if not _PATTERN.search(match[0]) and target not in sources.tree and not _made(sources, path, match[0]):
                near = did_you_mean_path(target, sources.tree)
                otherwise = f"Add {target}, or write `-include` where it may be missing."
                fix = instead_path(near, folder(path), otherwise)
                yield Flaw(number, f"there is no {target}{near}", fix, match.start() + 1)


def _made(sources: Sources, path: str, word: str) -> bool:
    """Whether it lies where make is started or git leaves it out, a rule makes it, or a condition asks for it."""
    if join("", word) in sources.tree or is_ignored(sources, join(folder(path), word)):
        return True
    return any(_makes(line, word) or (line.lstrip().startswith("if") and word in line) for line in lines(sources, path))


def _makes(line: str, word: str) -> bool:
    """Whether a line begins the rule of a file, by its name or by a pattern."""
    names = line.partition(":")[0].split() if ":" in line and not line.startswith(("\t", "#")) else []
    patterns = (one.split("%", 1) for one in names if "%" in one)
    return word in names or any(word.startswith(one) and word.endswith(end) for one, end in patterns)
