"""The texts of workflows' scripts, with the places of the file that they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.source import Sources, lines

_EXPRESSION: Final = re.compile(r"\$\{\{((?:(?!\$\{\{).)*?)\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a script, and where it stands in the file."""

    text: str
    line: int
    column: int


def script_lines(sources: Sources, path: str, script: Node) -> Iterator[Piece]:
    """The lines of a script; those of a folded or quoted text are guessed from its first."""
    for number, line in enumerate(script.text.split("\n") if script.text else (), _first(script)):
        yield Piece(line, number, _column(sources, path, number, line.strip()))


def expressions(sources: Sources, path: str, script: Node) -> Iterator[Piece]:
    """What stands inside of each `${{ }}` of a text."""
    number, begin = _first(script), 0
    for match in _EXPRESSION.finditer(script.text):
        number, begin = number + script.text.count("\n", begin, match.start()), match.start()
        yield Piece(match[1], number, _column(sources, path, number, match[0].partition("\n")[0]))


def _first(script: Node) -> int:
    """The line of a text's first line: below its `|`."""
    return script.line + (getattr(script.raw, "style", None) in ("|", ">"))


def _column(sources: Sources, path: str, number: int, text: str) -> int:
    """The column of a text in a line; 0 where it is written in another way."""
    every = lines(sources, path)
    return every[number - 1].find(text) + 1 if number <= len(every) and text else 0
