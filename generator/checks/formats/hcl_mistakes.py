"""Where the mistake is in HCL that cannot be parsed: what a parser says is often a line, or a whole file, too late.

A quote that is not closed ends at its line for a person, and a block at the next line that begins where it began. Both
are told by how people write, so this is only asked about a text that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from generator.checks.formats.yaml import Mistake
from generator.checks.rule import Point

_TOKEN: Final = re.compile(
    r"""(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<heredoc><<-?\s*(?P<end>\w+)[^\n]*\n)
    |(?P<quote>")|(?P<open>[\[{(])|(?P<close>[\]})])|(?P<line>\n)""",
    re.VERBOSE | re.DOTALL,
)
_IN_TEXT: Final = re.compile(r'\\.|\$\$\{|%%\{|(?P<into>[$%]\{)|(?P<quote>")|(?P<line>\n)')
_LONGEST: Final = 20_000
"""Characters of a line; each bracket looks for the ends of its own."""
_PAIRS: Final = {"{": "}", "[": "]", "(": ")"}
_HEADER: Final = re.compile(r'[A-Za-z_][\w-]*(?:[ \t]+(?:"[^"\n]*"|[\w-]+))*[ \t]*\{')
_NO_SIGN: Final = re.compile(
    r'[ \t]*([A-Za-z_][\w-]*)[ \t]+("(?:[^"\\\n]|\\.)*"|[\w.-]+(?:\[[^\]\n]*\])?|\[[^\]\n]*\])[ \t]*(?:(?:#|//).*)?'
)
_NO_VALUE: Final = re.compile(r"[ \t]*([A-Za-z_][\w-]*)[ \t]*=[ \t]*(?:(?:#|//).*)?")
_GIVEN: Final = re.compile(r"[ \t]*([A-Za-z_][\w-]*)[ \t]*=[ \t]*")


@dataclass(frozen=True, slots=True)
class _Opened:
    """A bracket that waits for its other half."""

    bracket: str
    at: int
    indent: int
    in_text: bool = False
    given: str = ""
    """The argument whose value it begins."""


@dataclass(slots=True)
class _Scan:
    """The text while it is read."""

    content: str
    at: int = 0
    opened: list[_Opened] = field(default_factory=list)
    early: _Opened | None = None
    """The innermost bracket whose other half stands further left than its line: it may belong to an outer one."""

    def mistake(self, at: int, message: str) -> Mistake:
        """A mistake at a place of the text."""
        return Mistake(*Point.of(self.content, at), message)

    def indent(self, at: int) -> int:
        """How far the line of a place is indented."""
        start = self.content.rfind("\n", 0, at) + 1
        line = self.content[start : self._end(start)]
        return len(line) - len(line.lstrip(" \t"))

    def _end(self, at: int) -> int:
        end = self.content.find("\n", at)
        return len(self.content) if end < 0 else end

    def given(self, at: int) -> str:
        """The argument whose value begins there; "" where no line begins with one."""
        match = _GIVEN.fullmatch(self.content[self.content.rfind("\n", 0, at) + 1 : at])
        return match[1] if match else ""

    def line(self, start: int) -> str:
        """The line that starts there."""
        return self.content[start : self._end(start)]


def find(content: str) -> Mistake | None:
    """The first mistake; None where the text does not show any of those that are looked for."""
    if max(map(len, content.split("\n"))) > _LONGEST:
        return None
    return next(_read(_Scan(content)), None)


def _read(scan: _Scan) -> Iterator[Mistake]:
    yield from _line(scan, 0)
    while match := _TOKEN.search(scan.content, scan.at):
        scan.at = match.end()
        kind = match.lastgroup if match.lastgroup != "end" else "heredoc"
        if kind == "heredoc":
            yield from _heredoc(scan, match)
        elif kind == "quote":
            yield from _text(scan, match.start())
        elif kind == "open":
            scan.opened.append(
                _Opened(match[0], match.start(), scan.indent(match.start()), given=scan.given(match.start()))
            )
        elif kind == "close":
            yield from _close(scan, match[0], match.start())
        elif kind == "line":
            yield from _line(scan, match.end())
    yield from _unclosed(scan)


def _heredoc(scan: _Scan, match: re.Match[str]) -> Iterator[Mistake]:
    end = re.compile(rf"^[ \t]*{match['end']}[ \t]*$", re.MULTILINE).search(scan.content, match.end())
    if end is None:
        yield scan.mistake(match.start(), f"the text that begins here has no end: a line with {match['end']} alone")
    scan.at = end.end() if end else len(scan.content)


def _text(scan: _Scan, opening: int) -> Iterator[Mistake]:
    """Reads on in a quoted text, to its end or into an interpolation."""
    while match := _IN_TEXT.search(scan.content, scan.at):
        scan.at = match.end()
        if match["quote"]:
            return
        if match["line"]:
            yield scan.mistake(opening, "the quote is not closed in its line")
            return
        if match["into"]:
            scan.opened.append(_Opened("{", opening, scan.indent(opening), in_text=True))
            return
    scan.at = len(scan.content)
    yield scan.mistake(opening, "the quote is not closed in its line")


def _close(scan: _Scan, bracket: str, at: int) -> Iterator[Mistake]:
    if not scan.opened:
        yield scan.mistake(at, f"{bracket} closes nothing")
        return
    inner = scan.opened.pop()
    if _PAIRS[inner.bracket] != bracket:
        yield scan.mistake(inner.at, f"{inner.bracket} is not closed")
    elif inner.in_text:
        yield from _text(scan, inner.at)
    elif scan.early is None and scan.line(scan.content.rfind("\n", 0, at) + 1).lstrip().startswith(bracket):
        scan.early = inner if scan.indent(at) < inner.indent else None


def _line(scan: _Scan, start: int) -> Iterator[Mistake]:
    """A line that cannot stand where it stands."""
    line, inner = scan.line(start), scan.opened[-1] if scan.opened else None
    if inner is None or inner.bracket == "{":
        match = _NO_SIGN.fullmatch(line)
        if match and match[1] not in ("for", "if"):
            yield scan.mistake(start + match.start(1), f"{match[1]} has no = before its value")
        match = _NO_VALUE.fullmatch(line)
        if match:
            yield scan.mistake(start + match.start(1), f"{match[1]} needs its value in the same line")
    if inner and inner.bracket == "{" and inner.given and _HEADER.match(line.lstrip()):
        at = scan.content.rfind("\n", 0, inner.at) + 1 + inner.indent
        yield scan.mistake(at, f"{inner.given} holds a block, so it is one, too, and has no =")
    elif inner and inner.bracket == "{" and scan.indent(start) <= inner.indent and _HEADER.match(line.lstrip()):
        yield from _unclosed(scan)


def _unclosed(scan: _Scan) -> Iterator[Mistake]:
    if scan.opened:
        inner = scan.early or scan.opened[-1]
        start = scan.content.rfind("\n", 0, inner.at) + 1
        at = start + scan.indent(inner.at) if inner.bracket == "{" else inner.at
        yield scan.mistake(at, f"the {inner.bracket} of this line is not closed")
