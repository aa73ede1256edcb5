"""The comments by which people say that a finding is meant, with the reason.

    # agency-scaffold-ignore RULE[, RULE ...]: reason        its line; alone on a line, the next that is no comment
    # agency-scaffold-ignore-file RULE[, RULE ...]: reason     the whole file

So in each format with comments; what is one, `formats.comments` knows.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import comments
from generator.checks.source import Sources, shared, text
from generator.spelling import closest

_OURS: Final = b"agency-scaffold"
_WORD: Final = b"agency-scaffold-ignore"
_OPENS: Final = r"(?:^(?:\{\{-?\s*)?(?:@?#+|\{#+|//+|/\*+|<!--|;+)|(?<=\s)(?:#+|//))"
_SAID: Final = re.compile(_OPENS + r"\s*agency-scaffold-ignore(?P<file>-file)?(?=[\s:]|$)(?P<rest>[^\n]*)")
_NEAR: Final = r"(agency-scaffold(?:[-:_.](?P<near>[\w-]+)|:?\s+ignore(?:-file)?(?=\s[^\n]*:)))"
_ANYWHERE: Final = re.compile(_NEAR)
_MEANT: Final = re.compile(_OPENS + r"\s*" + _NEAR)
"""What is written like such a comment, as `agency-scaffold:ignore` is."""
_WORDS: Final = ("disable", "ignore", "ignored", "skip", "suppress")
_ENDS: Final = re.compile(r"(?:-->|\*/|#\})\s*(?:-?\}\})?$")


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


@dataclass(frozen=True, slots=True)
class Misspelt:
    """A comment that looks like a suppression, and is none."""

    line: int
    column: int
    word: str


def alike(sources: Sources) -> Iterator[str]:
    """The files that may have such comments."""
    return (path for path, file in sources.tree.items() if _OURS in file.content)


def misspelt(sources: Sources, path: str) -> Iterator[Misspelt]:
    """What in a file was probably meant to suppress something, in order."""
    content = text(sources, path)
    if not any(map(_is_near, _ANYWHERE.finditer(content))):
        return  # so that the comments of most files are not looked for
    starts = [0, *(match.end() for match in re.finditer("\n", content))]
    for start, end in comments.spans(sources, path):
        comment = content[start:end]
        match = None if _SAID.search(comment) else _MEANT.search(comment)
        if match and _is_near(match):
            opened = start + match.start()
            line = bisect_right(starts, opened)
            yield Misspelt(line, opened - starts[line - 1] + 1, match[1])


def _is_near(match: re.Match[str]) -> bool:
    """Whether what stands behind our name is one of the words by which people suppress things."""
    return bool(closest(re.split("[-_]", (match["near"] or "ignore").lower())[0], _WORDS, 0.7))


@shared
def in_file(sources: Sources, path: str) -> tuple[Suppression, ...]:
    """The suppressions of a file, in order."""
    if path not in sources.tree or _WORD not in sources.tree[path].content:
        return ()
    content = text(sources, path)
    spans = comments.spans(sources, path)
    starts = [0, *(match.end() for match in re.finditer("\n", content))]
    code = _code(content, spans)
    below = _below(code)
    found: list[Suppression] = []
    for start, end in spans:
        match = _SAID.search(content[start:end])
        if match is None:
            continue
        opened = start + match.start()
        line, last = bisect_right(starts, opened), bisect_right(starts, max(end - 1, opened))
        alone = not code[last - 1] and not content[start:opened].strip()
        target = 0 if match["file"] else below[last - 1] if alone else last
        names, _, reason = _ENDS.sub("", match["rest"].rstrip()).partition(":")
        column = opened - starts[line - 1] + 1
        for name in [name.strip() for name in names.split(",") if name.strip()] or [""]:
            found.append(Suppression(line, column, name, reason.strip(), target))
    return tuple(found)


def _below(code: Sequence[bool]) -> list[int]:
    """For each line the first with code from there on; itself where none comes."""
    found, last = list[int](), 0
    for line in range(len(code), 0, -1):
        last = line if code[line - 1] else last
        found.append(last or line)
    return found[::-1]


def _code(content: str, spans: Sequence[comments.Span]) -> list[bool]:
    """Whether each line has something that is no comment."""
    pieces, at = list[str](), 0
    for start, end in spans:
        pieces += content[at:start], "\n" * content.count("\n", start, end)
        at = end
    return [bool(line.strip()) for line in "".join([*pieces, content[at:]]).split("\n")]
