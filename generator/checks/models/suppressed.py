"""The comments by which people say that a finding is meant, with the reason.

    # agency-scaffold-ignore RULE[, RULE ...]: reason        its line; alone on a line, the next that is no comment
    # agency-scaffold-ignore-file RULE[, RULE ...]: reason     the whole file

So in each format with comments (`#`, `//`, `/* */`, `;`; in Markdown `<!-- -->`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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

    def covers(self, rule: str, line: int) -> bool:
        """Whether it is about such a finding."""
        return self.rule == rule and self.target in {0, line}


def paths(sources: Sources) -> Iterator[str]:
    """The files with such comments."""
    return (path for path, file in sources.tree.items() if _WORD in file.content)


@shared
def in_file(sources: Sources, path: str) -> tuple[Suppression, ...]:
    """The suppressions of a file, in order."""
    written = lines(sources, path)
    opener = "<!--" if path.endswith((".md", ".html")) else ""
    return tuple(one for index in range(len(written)) for one in _read(written, index, opener))


def _read(written: Sequence[str], index: int, opener: str) -> Iterator[Suppression]:
    line = written[index]
    match = _COMMENT.match(line) if "agency-scaffold-ignore" in line else None
    if not match or (opener and (match["opener"] != opener or match["before"].strip())):
        return
    rest = match["rest"].strip()
    for end in _ENDS:
        rest = rest.removesuffix(end).strip()
    names, _, reason = rest.partition(":")
    target = 0 if match["file"] else _target(written, index, alone=not match["before"].strip())
    column = match.start("opener") + 1
    for name in [name.strip() for name in names.split(",") if name.strip()] or [""]:
        yield Suppression(index + 1, column, name, reason.strip(), target)


def _target(written: Sequence[str], index: int, *, alone: bool) -> int:
    """The line that a comment is about."""
    if not alone:
        return index + 1
    for number in range(index + 1, len(written)):
        text = written[number].strip()
        if text and not text.startswith(_COMMENTS):
            return number + 1
    return index + 1
