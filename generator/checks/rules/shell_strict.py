"""Scripts stop at the first failure

Without `set -euo pipefail` a script goes on after a command that failed, and a deployment that did
not happen ends with exit code 0. Put the line before the first command, or source a library first
that has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import shell
from generator.checks.rule import Flaw
from generator.checks.source import Sources

_WANTED: Final = frozenset({"e", "u", "pipefail"})


def files(sources: Sources) -> Iterator[str]:
    return (path for path in shell.paths(sources) if not shell.is_library(path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    number = _unsafe(sources, path)
    if number:
        yield Flaw(number, "the script does not begin with `set -euo pipefail`", "Put it before this line.")


def _unsafe(sources: Sources, path: str) -> int:
    """The line of the first command before strict mode; 0 where the mode, or a library that sets it, comes first."""
    flags: set[str] = set()
    guard = False
    for number, line in shell.code(sources, path):
        # A guard for the version of bash may come first: older ones fail at the mode itself.
        guard = (guard or line.startswith("if ((BASH_VERSINFO")) and line != "fi"
        if guard or line == "fi":
            continue
        match = re.match(r"set -([A-Za-z]+)( pipefail)?", line)
        library = shell.sourced(sources, path, line)
        if library and library != path and not _unsafe(sources, library):
            return 0
        if not match:
            return number
        flags |= set(match[1]) | ({"pipefail"} if match[2] else set())
        if flags >= _WANTED:
            return 0
    return 0
