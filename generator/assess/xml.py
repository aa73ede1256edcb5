"""XML as a flat list of elements with their lines: enough for build files, and nothing of it is ever expanded."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

_MOST: Final = 50_000


@dataclass(slots=True)
class Element:
    """An element: the names on the way to it, its attributes, its own text, its line."""

    way: tuple[str, ...]
    attributes: dict[str, str]
    line: int
    text: str = ""

    @property
    def name(self) -> str:
        """Its name, without a namespace."""
        return self.way[-1]


class _Refused(Exception):  # noqa: N818 -- ends the parser, never leaves this module
    pass


def elements(text: str) -> list[Element]:
    """The elements in their order; those before the first error, and none of a text that declares entities."""
    found: list[Element] = []
    open_: list[Element] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        if len(found) > _MOST or len(open_) > 50:
            raise _Refused
        way = (*(one.name for one in open_), name.rpartition(":")[2])
        open_.append(Element(way, attributes, parser.CurrentLineNumber))
        found.append(open_[-1])

    def refuse(*_: object) -> None:
        found.clear()
        raise _Refused

    def more(text: str) -> None:
        if open_:
            open_[-1].text += text

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda _: open_.pop()
    parser.CharacterDataHandler = more
    parser.StartDoctypeDeclHandler = refuse
    with contextlib.suppress(_Refused, expat.ExpatError, ValueError):
        parser.Parse(text, True)
    for one in found:
        one.text = one.text.strip()
    return found
