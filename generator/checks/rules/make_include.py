"""Files that a makefile includes exist

`make` stops at an `include` of a file that is not there. Write `-include` for one that may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.rule import Flaw, Format, did_you_mean_path
from generator.checks.source import Sources, folder, join, lines, makefiles

FORMAT = Format.MAKE

files = makefiles


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for number, line in enumerate(lines(sources, path), 1):
        if line.startswith("include "):
            for word in line.partition("#")[0].split()[1:]:
                target = join(folder(path), word)
                if "$" not in word and "*" not in word and target not in sources.tree:
                    yield Flaw(number, f"there is no {target}{did_you_mean_path(target, sources.tree)}")
