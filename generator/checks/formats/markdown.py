"""Markdown: headings with GitHub's anchors, and links; code is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.source import Sources, lines, shared
from generator.repository import is_foreign

_LINK: Final = re.compile(
    r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?((?:[^()<>\s]|\([^()<>\s]*\))+)>?"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)"
)
_REFERENCE: Final = re.compile(r"^\s{0,3}\[(?!\^)[^\]]+\]:\s+<?(\S+?)>?\s*(?:\s[\"'(].*)?$")
_SPAN_OR_ESCAPE: Final = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)|`+|\\[!-/:-@\[-`{-~]")
_LONGEST: Final = 4_000
"""Signs of a line that is looked at: the time for one grows with its square where it opens brackets without end."""
_PRIVATE: Final = 0xE000
_HIDDEN: Final = re.compile("\\\\[\ue021-\ue07e]")
_HEADING: Final = re.compile(r"^\ufeff? {0,3}(?:>\s?|[-*+]\s+|\d+\.\s+)*#{1,6}\s+(.*?)\s*#*\s*$")
_HTML_HEADING: Final = re.compile(r"<h[1-6][^>]*>(.+?)</h[1-6]>", re.IGNORECASE)
_UNDERLINE: Final = re.compile(r"^ {0,3}(?:=+|-+)\s*$")
_OVER_LINES: Final = re.compile(r"<h[1-6][^>]{0,200}>(?:(?!</?h[1-6]).){1,400}</h[1-6]>", re.IGNORECASE | re.DOTALL)
_OWN: Final = re.compile(r"\s*\{:?\s*#([\w.-]+)[^}]*\}$")
"""The anchor that somebody gave a heading, for the program that makes a site of the page."""
_ANCHOR: Final = re.compile(r"(?:^|\s)(?:id|name)=(?:\"([^\"]+)\"|'([^']+)'|([\w.-]+))")
_EMOJI: Final = re.compile(r":[a-z0-9_+-]+:")
"""GitHub makes a picture of it, and leaves that out of the anchor."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads."""

    target: str
    line: int
    column: int


def paths(sources: Sources) -> Iterator[str]:
    """All Markdown files."""
    return (path for path in sources.ending(".md") if "{{" not in path and not is_foreign(path))


@shared
def prose(sources: Sources, path: str) -> tuple[tuple[int, str], ...]:
    """(number, line) of the lines outside of code fences; what nobody writes by hand is left out."""
    found = []
    fence = ""
    for number, line in enumerate(lines(sources, path), 1):
        mark = re.match(r"\s*(?:[-*>]\s+)*(`{3,}|~{3,})", line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line.strip(" \t`~>"):
            fence = ""
        elif not fence and len(line) <= _LONGEST:
            found.append((number, line))
    return tuple(found)


@shared
def _shown(sources: Sources, path: str) -> tuple[tuple[int, str], ...]:
    """The same with blanks in the place of comments."""
    found = []
    last = max((number for number, line in prose(sources, path) if "-->" in line), default=0)
    comment = False
    for number, whole in prose(sources, path):
        line, comment = _uncommented(whole, comment, number < last)
        found.append((number, line))
    return tuple(found)


def _uncommented(line: str, comment: bool, goes_on: bool) -> tuple[str, bool]:
    """A line with blanks in the place of its comments, and whether one is open at its end.

    It begins in one or not; one that nothing closes, in it or in what `goes_on`, is none.
    """
    at = 0
    while comment or "<!--" in line[at:]:
        start = at if comment else without_code(line).find("<!--", at)
        end = line.find("-->", start if comment else start + 4)
        if start < 0 or (end < 0 and not goes_on):
            return line, False
        if end < 0:
            return line[:start], True
        at, comment = end + 3, False
        line = f"{line[:start]}{' ' * (at - start)}{line[at:]}"
    return line, False


@shared
def links(sources: Sources, path: str) -> tuple[Link, ...]:
    """The links of a file."""
    found = []
    for number, raw in _shown(sources, path):
        line = _SPAN_OR_ESCAPE.sub(_hide, raw)
        plain = re.sub(r"(`+)(.+?)\1(?!`)", lambda m: " " * len(m[0]), line) if "](" not in line else _keep_links(line)
        for match in (*_LINK.finditer(plain), *_REFERENCE.finditer(plain)):
            found.append(Link(_HIDDEN.sub(_show, match[1]), number, match.start(1) + 1))
    return tuple(found)


def without_code(line: str) -> str:
    """A line with blanks in the place of its code."""
    return _SPAN_OR_ESCAPE.sub(lambda match: " " * len(match[0]), line)


def _hide(match: re.Match[str]) -> str:
    """An escaped character as one that means nothing; code spans know no escapes."""
    return match[0] if match[0][0] == "`" else f"\\{chr(_PRIVATE + ord(match[0][1]))}"


def _show(match: re.Match[str]) -> str:
    return chr(ord(match[0][1]) - _PRIVATE)


def _keep_links(line: str) -> str:
    """Blanks code spans, but those that are the text of a link."""
    return re.sub(r"(?<!\[)(`+)((?:(?!\1).)+?)\1(?!`|\])", lambda m: " " * len(m[0]), line)


@shared
def anchors(sources: Sources, path: str) -> frozenset[str]:
    """The anchors that GitHub gives to the headings of a file, and those written as HTML."""
    more = [_of_vitepress] if path.startswith(_vitepress(sources)) else []
    seen: dict[str, int] = {}
    found = set()
    before = ""
    for _, line in _shown(sources, path):
        match = _HEADING.match(line) or _HTML_HEADING.search(line)
        title = match[1] if match else before if before and _UNDERLINE.match(line) else ""
        own = _OWN.search(title)
        if own:
            found.add(own[1])
            title = title[: own.start()]
        before = "" if match or not line.strip() else line.strip()
        slugs = {anchor(title), anchor(_EMOJI.sub("\N{SNOWMAN}", title)), *(slug(title) for slug in more)}
        for slug in slugs if title else ():
            count = seen.get(slug, -1) + 1
            seen[slug] = count
            found.add(f"{slug}-{count}" if count else slug)
        found |= {one for groups in _ANCHOR.findall(line) for one in groups if one}
    for match in _OVER_LINES.finditer("\n".join(line for _, line in _shown(sources, path))):
        found.add(anchor(" ".join(re.sub(r"<[^>]+>", "", match[0]).split())))
    return frozenset(found)


@shared
def _vitepress(sources: Sources) -> tuple[str, ...]:
    """The folders of which VitePress makes a site, each with a slash at its end."""
    return tuple({f"{path.partition('.vitepress/')[0]}" for path in sources.tree if ".vitepress/" in path})


def _of_vitepress(heading: str) -> str:
    """The anchor of a heading there: `-` for all that is no letter and no digit."""
    return re.sub(r"[\W_]+", "-", _plain(heading).lower()).strip("-")


def anchor(heading: str) -> str:
    """GitHub's anchor of a heading: lower case, only letters, digits, `_` and `-`, spaces as `-`."""
    return re.sub(r"[^\w\- ]", "", _plain(heading).lower()).replace(" ", "-")


def _plain(heading: str) -> str:
    """The text of a heading."""
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    # A tag in code is no tag.
    plain = re.sub(r"(`+)(.+?)\1|<[^>]+>", lambda match: match[2] or "", plain).replace("\\", "")
    return re.sub(r"(?<!\w)[*_]+|[*_]+(?!\w)", "", plain).strip()
