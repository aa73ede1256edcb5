"""Makefiles are well formed: recipes begin with a tab, conditions are closed

`make` reads nothing of a makefile with a recipe that begins with blanks ("missing separator"), or with an `ifdef`
without `endif`: no target works. A makefile with a prefix of its own for recipes (`.RECIPEPREFIX`) may do as it likes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, lines, makefiles, text

FORMAT = Format.MAKE

_OPENS: Final = re.compile(r" *(ifeq|ifneq|ifdef|ifndef|define)\b")
_CLOSES: Final = re.compile(r" *endif\b")
_ELSE: Final = re.compile(r" *else\b")
_DEFINES: Final = re.compile(r" *(?:override +|export +)*(?=define\b)")
_DEFINED: Final = re.compile(r" *endef\b")
_RULE: Final = re.compile(r"[^\s#=:][^#=:]*::?(?![=:])")
# What may begin with blanks: a comment, an assignment, a rule, a directive, and what make turns into something else.
_OTHER: Final = re.compile(
    r"#|\$|.*[:=]|-?include\b|sinclude\b|(?:un)?export\b|override\b|private\b|undefine\b|vpath\b"
    r"|(?:ifn?eq|ifn?def|else|endif)\b"
)
_PREFIX: Final = re.compile(r"^ *\.RECIPEPREFIX *[:+?]*= *[^\s$]", re.MULTILINE)
_TEMPLATE: Final = re.compile(r"\{\{|\{%|<%")


def files(sources: Sources) -> Iterator[str]:
    return (path for path in makefiles(sources) if not _TEMPLATE.search(text(sources, path)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _conditions(list(_read(lines(sources, path))))
    if not _PREFIX.search(text(sources, path)):
        yield from _recipes(_read(lines(sources, path)))


def _conditions(content: list[tuple[int, str]]) -> Iterator[Flaw]:
    opened: list[tuple[int, str]] = []
    for number, line in content:
        if match := _OPENS.match(line):
            opened.append((number, match[1]))
        elif _CLOSES.match(line) or _ELSE.match(line):
            if not opened:
                message = f"{line.split()[0]} without a condition before it"
                yield Flaw(number, message, "Take it out, or write the condition that it belongs to above it.", 1)
            elif _CLOSES.match(line):
                opened.pop()
    for number, word in opened:
        end = "endef" if word == "define" else "endif"
        yield Flaw(number, f"{word} is not closed by {end}", f"Write {end} on a line of its own where it ends.", 1)


def _recipes(content: Iterator[tuple[int, str]]) -> Iterator[Flaw]:
    rule = False
    for number, line in content:
        if line.startswith(" ") and rule and line.strip() and not _OTHER.match(line.lstrip()):
            yield Flaw(number, "this line of a recipe begins with blanks", "Begin it with a tab.", 1)
        elif line.strip() and not line.startswith(("\t", "#", " ")):
            rule = bool(_RULE.match(line))


def _read(content: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The lines that make reads as its own: of a `define` only one that is not closed."""
    defined = (0, "")
    for number, line in _whole(content):
        if defined[0]:
            defined = (0, "") if _DEFINED.match(line) else defined
        elif match := _DEFINES.match(line):
            defined = (number, line[match.end() :])
        else:
            yield number, line
    if defined[0]:
        yield defined


def _whole(content: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The lines that continue no other."""
    continued = False
    for number, line in enumerate(content, 1):
        if not continued:
            yield number, line
        continued = line.endswith("\\")
