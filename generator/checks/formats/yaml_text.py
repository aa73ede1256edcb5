"""A scalar of a YAML document as it stands in the file: each of its characters has a line and a column."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from generator.checks.formats.yaml_node import Node

_ESCAPE: Final = {"'": re.compile("''"), '"': re.compile(r"\\(?:\r?\n\s*|.)", re.DOTALL)}
_PROPERTIES: Final = re.compile(r"(?:[&!]\S*[ \t]+)+")
"""An anchor and a tag, which may stand before a scalar."""
_MEANT: Final = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "/": "/"}


@dataclass(frozen=True, slots=True)
class Written:
    """What a scalar says, in the lines that it is written in."""

    text: str
    """Without quotes, escapes and the sign of a block; its lines are not folded and keep their indent."""
    line: int
    indent: int
    """How many characters stand before it in its first line."""
    raw: str
    index: tuple[int, ...] = ()
    """Where each character of `text` stands in `raw`, where the two differ."""

    def place(self, offset: int) -> tuple[int, int]:
        """The line and the column of a character of the text."""
        at = self.index[min(offset, len(self.index) - 1)] if self.index else offset
        starts = _starts(self.raw)
        newlines = bisect_right(starts, at)
        column = at - starts[newlines - 1] + 1 if newlines else self.indent + at + 1
        return self.line + newlines, column


@lru_cache(maxsize=8)
def _starts(raw: str) -> tuple[int, ...]:
    """Where the lines behind the first begin."""
    return tuple(match.end() for match in re.finditer(r"\n", raw))


def written(node: Node, lines: Sequence[str]) -> Written:
    """A scalar of a file that has these lines."""
    start, end, style = node.raw.start_mark, node.raw.end_mark, node.raw.style or ""
    if style in ("|", ">"):
        return _written("", "\n".join(lines[start.line + 1 : end.line + (end.column > 0)]), start.line + 2, 0)
    rows = list(lines[start.line : end.line + 1])
    column = start.column
    if rows:
        rows[-1] = rows[-1][: end.column]
        named = _PROPERTIES.match(rows[0], column)
        column = named.end() if named else column
        rows[0] = rows[0][column:]
    raw = "\n".join(rows)
    if style in _ESCAPE:
        return _written(style, raw[1:-1], start.line + 1, column + 1)
    return _written("", raw, start.line + 1, column)


def _written(style: str, raw: str, line: int, indent: int) -> Written:
    if not style or ("''" if style == "'" else "\\") not in raw:
        return Written(raw, line, indent, raw)
    text: list[str] = []
    index: list[int] = []
    offset = 0
    for match in _ESCAPE[style].finditer(raw):
        text += raw[offset : match.start()]
        index += range(offset, match.start())
        text.append("'" if style == "'" else _MEANT.get(match[0][1], " "))
        index.append(match.start())
        offset = match.end()
    text += raw[offset:]
    index += range(offset, len(raw) + 1)
    return Written("".join(text), line, indent, raw, tuple(index))
