"""Scripts stop at the first failure

Without `set -euo pipefail` a script goes on after a command that failed, and a deployment that did
not happen ends with exit code 0. Put the line before the first command. A library that has it is not
enough: where the library is missing, so is the mode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import shell
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.SHELL

_WANTED: Final = frozenset({"e", "u", "pipefail"})


def files(sources: Sources) -> Iterator[str]:
    return (path for path in shell.paths(sources) if not shell.is_library(path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    number = _unsafe(sources, path)
    if number:
        yield Flaw(number, "the script does not begin with `set -euo pipefail`", "Put it before this line.")


def _unsafe(sources: Sources, path: str) -> int:
    """The line of the first command before strict mode; 0 where the mode comes first."""
    flags: set[str] = set()
    for number, line in shell.code(sources, path):
        match = re.match(r"set -([A-Za-z]+)( pipefail)?", line)
        if not match:
            return number
        flags |= set(match[1]) | ({"pipefail"} if match[2] else set())
        if flags >= _WANTED:
            return 0
    return 0
