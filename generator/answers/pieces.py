"""Puts the parts of a map or list together again, with what stands between them; some are gone, moved or new."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from generator.answers.layout import Layout, Span

_COMMA: Final = re.compile(r"\A\s*,")


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it is to be: `old` is its number in the text, None for a new or moved one; no text where it goes."""

    old: int | None
    text: str | None


@dataclass(slots=True)
class _Piece:
    """What is written of a part, and what stands behind it: in brackets None where that is still open."""

    text: str
    behind: str | None
    closes: bool = False
    """Was the last one."""


def in_block(layout: Layout, spans: Sequence[Span], parts: Sequence[Part]) -> str:
    """The lines of a block. Comments between its parts stay; what is new stands before them."""
    gaps = [*(layout.text[one.end : after.start] for one, after in pairwise(spans)), ""]
    # Where the key behind a dash goes, the next one stays on its own line.
    opened = layout.column(spans[0].start) > 0 and parts[0].text is None
    out: list[_Piece] = []
    for part in parts:
        gap: str | None = ""
        if part.old is not None:
            gap = gaps[part.old]
        elif out:
            gap, out[-1].behind = out[-1].behind, ""
        out.append(_Piece(part.text or "", gap))
    return layout.newline * opened + "".join(f"{piece.text}{piece.behind}" for piece in out)


def in_flow(layout: Layout, node: Any, spans: Sequence[Span], parts: Sequence[Part]) -> str:
    """A map or list in brackets, and these. Comments stay, but for one on the line of what goes."""
    text = layout.text
    start, end = node.start_mark.index + 1, node.end_mark.index - 1
    lead = text[start : spans[0].start if spans else end]
    tail = text[spans[-1].end : end] if spans else ""
    fresh = _between(layout, spans, commented="#" in tail)
    pieces, lead, tail = _kept(layout, spans, parts, lead, tail)
    if not pieces or not spans:
        lead, tail = (one if "#" in one else "" for one in (lead, tail))
    for piece in pieces[:-1]:
        if piece.behind is None and piece.closes:
            piece.behind, tail = _reopened(tail, fresh)
        piece.behind = piece.behind or fresh
    inside = "".join(f"{piece.text}{piece.behind or ''}" for piece in pieces)
    return f"{text[start - 1]}{lead}{inside}{tail}{text[end]}"


def _kept(
    layout: Layout, spans: Sequence[Span], parts: Sequence[Part], lead: str, tail: str
) -> tuple[list[_Piece], str, str]:
    """What is written, with what stands behind each but the last; and what stands before and behind them all."""
    gaps = [layout.text[one.end : after.start] for one, after in pairwise(spans)]
    out: list[_Piece] = []
    for part in parts:
        gap = gaps[part.old] if part.old is not None and part.old < len(gaps) else None
        closes = part.old is not None and gap is None
        if part.text is not None:
            out.append(_Piece(part.text, gap, closes))
        elif gap is not None:
            _, line, rest = gap.partition(layout.newline)
            if "#" in rest and out:
                out[-1].behind = _lines(out[-1].behind or ",", line, rest)
            elif "#" in rest:
                lead = _lines(lead, line, rest)
        elif out:
            before = out[-1].behind or ""
            out[-1].behind = None
            if "#" in before:
                after = _COMMA.sub("", tail)
                ends = after.lstrip(" ").startswith(layout.newline)
                tail = (before.rstrip() if ends else before.rstrip(" ")) + after
    return out, lead, tail


def _lines(before: str, line: str, rest: str) -> str:
    """What stands before a part, with the lines that stood behind one that went."""
    before = before.rstrip(" ")
    return f"{before}{'' if before.endswith(line) else line}{rest}"


def _reopened(tail: str, fresh: str) -> tuple[str, str]:
    """What stands behind the part that was the last, and what is left behind the new last one."""
    body = tail.rstrip()
    comma = _COMMA.match(body)
    return f"{body if comma else f',{body}'}{fresh[1:]}", f"{',' if comma else ''}{tail[len(body) :]}"


def _between(layout: Layout, spans: Sequence[Span], *, commented: bool) -> str:
    """What parts a new part from the one before it: in a text of many lines, it gets one of its own."""
    for span in spans:
        line = layout.line_start(span.start)
        if commented or not layout.text[line : span.start].strip():
            return f",{layout.newline}{' ' * (span.start - line)}"
    return ", "
