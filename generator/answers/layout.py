"""Where the parts of an answers file stand in its text: what belongs to a key, an item, a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from generator.answers.load import compose

_BREAK: Final = re.compile(r"\r\n|\r|\n")
_SPACE: Final = re.compile(r"(?:\s+|#[^\r\n]*)*")
_COLON: Final = re.compile(r"\s*:")
_OPENS: Final = {"mapping": "{", "sequence": "["}


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place in the text, like the parser's."""

    index: int


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the text. In a block it has whole lines, but for a first one that stands behind a dash."""

    start: int
    end: int


class Layout:
    """A text with its nodes; the text ends with a line break and has no byte order mark."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = compose(text)
        if self.root is not None:
            self._place_nothing(self.root)
        found = _BREAK.search(text)
        self.newline = found.group() if found else "\n"

    def _place_nothing(self, node: Any) -> None:
        """Puts values that are not there behind their colon; the parser's marks are those of what follows."""
        for one in node.value if node.id in _OPENS else ():
            key, value = one if node.id == "mapping" else (None, one)
            empty = value.start_mark.index == value.end_mark.index
            if key is not None and empty and (found := _COLON.match(self.text, key.end_mark.index)):
                value.start_mark = value.end_mark = _Mark(found.end())
            self._place_nothing(value)

    def line_start(self, at: int) -> int:
        """Where the line of a place begins."""
        return max(self.text.rfind("\n", 0, at), self.text.rfind("\r", 0, at)) + 1

    def line_end(self, at: int) -> int:
        """Where the next line begins."""
        found = _BREAK.search(self.text, at)
        return found.end() if found else len(self.text)

    def column(self, at: int) -> int:
        """How far a place is from the beginning of its line."""
        return at - self.line_start(at)

    def is_block(self, node: Any) -> bool:
        """Whether a node is a map or list on lines of its own."""
        return node.id in _OPENS and not node.flow_style

    def end(self, node: Any) -> int:
        """Where a node ends; the parser's own mark lies behind the comments that follow."""
        if self.is_block(node):
            last = node.value[-1]
            return self.end(last[1] if node.id == "mapping" else last)
        end = int(node.end_mark.index)
        if node.id == "scalar" and node.style in {"|", ">"}:
            written = self.text[node.start_mark.index : end]
            kept = "+" in written.splitlines()[0].partition("#")[0]
            end -= len(written) - len(re.sub(r"(\r\n|\r|\n)\Z", "", written) if kept else written.rstrip(" \t\r\n"))
        return end

    def value(self, node: Any) -> Span:
        """The place of a value: of all its lines for a block."""
        if not self.is_block(node):
            return Span(node.start_mark.index, self.end(node))
        spans = self.children(node)
        return Span(spans[0].start, spans[-1].end)

    def children(self, node: Any) -> list[Span]:
        """The places of a map's pairs or a list's items. In a block, what is a comment's alone lies between them."""
        if node.flow_style:
            pairs = [(one[0], one[1]) if node.id == "mapping" else (one, one) for one in node.value]
            return [Span(first.start_mark.index, self.end(last)) for first, last in pairs]
        if node.id == "mapping":
            return [self._lines(key.start_mark.index, value) for key, value in node.value]
        spans = []
        at = node.start_mark.index
        for item in node.value:
            spans.append(self._lines(self.skipped(at), item))
            at = self.end(item)
        return spans

    def skipped(self, at: int) -> int:
        """The next place that is neither blank nor a comment."""
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def _lines(self, start: int, value: Any) -> Span:
        """The lines from a key or dash to the end of its value, with comments below it that are indented deeper."""
        line = self.line_start(start)
        end = at = self.line_end(self.end(value))
        while self.is_block(value) and at < len(self.text):
            after = self.line_end(at)
            words = self.text[at:after].lstrip(" \t\r\n")
            if words.startswith("#") and self.text.index("#", at) - at > start - line:
                end = after
            elif words:
                break
            at = after
        return Span(line if not self.text[line:start].strip(" ") else start, end)

    def colon(self, key: Any, value: Any) -> int:
        """Where the value of a pair may begin; -1 where a key in a flow map has no colon."""
        found = _COLON.match(self.text, key.end_mark.index)
        return found.end() if found and found.end() <= value.start_mark.index else -1

    def is_plain(self, node: Any, data: object) -> bool:
        """Whether a map or list has a form in which its parts can be changed one by one; `data` is what it holds."""
        at = node.start_mark.index
        if node.id not in _OPENS or (node.flow_style and self.text[at] != _OPENS[node.id]):
            return False  # also: a tag, or a pair in a list without braces
        if node.id == "sequence":
            return isinstance(data, list) and (node.flow_style or self.text[at] == "-")
        return isinstance(data, Mapping) and len(data) == len(node.value) and all(map(self._is_plain_pair, node.value))

    def _is_plain_pair(self, pair: tuple[Any, Any]) -> bool:
        key, value = pair
        if key.id != "scalar" or key.tag.endswith(":merge"):
            return False
        start, colon = key.start_mark.index, self.colon(key, value)
        if self.text[self.line_start(start) : start].rstrip(" \t").endswith("?"):
            return False  # an explicit key
        return colon < 0 or not _BREAK.search(self.text, key.end_mark.index, colon)
