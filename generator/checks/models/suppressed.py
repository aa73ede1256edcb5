"""The comments by which people say that a finding is meant, with the reason.

    # agency-scaffold-ignore RULE[, RULE ...]: reason        its line; alone on a line, the next that is no comment
    # agency-scaffold-ignore-file RULE[, RULE ...]: reason     the whole file

So in each format with comments (`#`, `//`, `/* */`, `;`; in Markdown `<!-- -->`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.source import Sources, lines, shared

_WORD: Final = b"agency-scaffold-ignore"
_COMMENT: Final = re.compile(
    r"(?P<before>.*?)(?P<opener>#|//|/\*|;|<!--)\s*agency-scaffold-ignore(?P<file>-file)?(?=[\s:]|$)(?P<rest>.*)"
)
_ENDS: Final = ("-->", "*/")
_COMMENTS: Final = ("#", "//", "/*", "<!--", ";")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One name in one comment."""

    line: int
    """Of the comment."""
    column: int
    rule: str
    """The rule, or a tool's own rule as `tool/rule`; "" where none is named."""
    reason: str
    target: int
    """The line that it is about; 0 = the whole file."""


def paths(sources: Sources) -> Iterator[str]:
    """The files with such comments."""
    return (path for path, file in sources.tree.items() if _WORD in file.content)


@shared
def in_file(sources: Sources, path: str) -> tuple[Suppression, ...]:
    """The suppressions of a file, in order."""
    written = lines(sources, path)
    opener = "<!--" if path.endswith((".md", ".html")) else ""
    found: list[Suppression] = []
    below = 0  # the next line that is no comment, seen from the end
    for number in range(len(written), 0, -1):
        line = written[number - 1]
        found += reversed(list(_read(line, number, below or number, opener)))
        if line.strip() and not line.lstrip().startswith(_COMMENTS):
            below = number
    return tuple(reversed(found))


def _read(line: str, number: int, below: int, opener: str) -> Iterator[Suppression]:
    match = _COMMENT.match(line) if "agency-scaffold-ignore" in line else None
    if not match or (opener and (match["opener"] != opener or match["before"].strip())):
        return
    rest = match["rest"].strip()
    for end in _ENDS:
        rest = rest.removesuffix(end).strip()
    names, _, reason = rest.partition(":")
    target = 0 if match["file"] else number if match["before"].strip() else below
    column = match.start("opener") + 1
    for name in [name.strip() for name in names.split(",") if name.strip()] or [""]:
        yield Suppression(number, column, name, reason.strip(), target)
