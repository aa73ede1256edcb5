"""CODEOWNERS: which paths belong to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.checks.formats import patterns
from generator.checks.source import Sources, lines, shared

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order: the first that is there counts."""


@dataclass(frozen=True, slots=True)
class Owners:
    """A line: a pattern, and who owns what fits."""

    pattern: str
    line: int
    owners: tuple[tuple[str, int], ...]
    """Each with its column."""

    @property
    def plain(self) -> bool:
        """Whether the pattern is a path, without wildcards."""
        return not re.search(r"[*?\[!\\]", self.pattern)

    @property
    def fitting(self) -> re.Pattern[str]:
        """What the paths look like that the pattern takes: a file, or anything below a folder."""
        bare = self.pattern.strip("/")
        start = "" if "/" in self.pattern.rstrip("/") else "(?:.*/)?"
        if self.pattern.startswith("/") and "/" not in bare:
            start = ""
        # `docs/*` takes files of the folder itself alone.
        end = "" if bare.endswith("/*") else "(?:/.*)?"
        return re.compile(f"{start}{patterns.of_glob(bare)}{'/.*' if self.pattern.endswith('/') else end}")


def path(sources: Sources) -> str:
    """The file that counts; "" where there is none."""
    return next((one for one in PLACES if one in sources.tree), "")


@shared
def entries(sources: Sources) -> tuple[Owners, ...]:
    """The lines of the file that counts."""
    return tuple(_entries(sources))


def _entries(sources: Sources) -> Iterator[Owners]:
    for number, line in enumerate(lines(sources, path(sources)) if path(sources) else (), 1):
        # GitLab's sections, `[name]` and `^[name]`, are none of GitHub's.
        words = [] if line.lstrip().startswith(("#", "[", "^[")) else list(re.finditer(r"(?:\\.|\S)+", line))
        end = next((n for n, word in enumerate(words) if word[0].startswith("#")), len(words))
        if words[:end]:
            owners = tuple((word[0], word.start() + 1) for word in words[1:end])
            yield Owners(words[0][0], number, owners)
