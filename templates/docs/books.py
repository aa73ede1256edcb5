"""The sections of the runbooks: those of `runbooks.yml`, those of components, and what components put into both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from generator.component import Answers, fill, load_yaml
from generator.parts import Runbook, RunbookInsert

from .markdown import code_block, paragraphs, sentence
from .words import choices_of, words_of

_PLACE: Final = re.compile(r"@\(([a-z ]+)\) ?")


@dataclass(frozen=True)
class Step:
    """A numbered step; `block` is its command as an indented code block."""

    number: int
    text: str
    command: str
    block: str


@dataclass(frozen=True)
class _Raw:
    """A section before anything is put into it."""

    position: int
    title: str
    text: str
    steps: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Section:
    """A section of a runbook."""

    position: int
    title: str
    text: str
    steps: tuple[Step, ...]


def books_of(
    answers: Answers, contributed: Sequence[Runbook], inserts: Sequence[RunbookInsert], names: frozenset[str]
) -> dict[str, tuple[Section, ...]]:
    """The sections of each runbook: the neutral ones and those of components, by position and title."""
    chosen, words = choices_of(answers), words_of(answers)
    # The page on monitoring has no neutral sections.
    found: dict[str, list[Section]] = {"monitoring": []}
    for book, sections in load_yaml(__file__, "runbooks.yml").items():
        neutral = (_neutral(raw, chosen, names, words) for raw in sections)
        found[book] = [_with_inserts(part, inserts) for part in neutral if part]
    for part in contributed:
        raw = _Raw(part.position, part.title, part.text, part.steps)
        found[part.book].append(_with_inserts(raw, inserts))
    return {
        book.replace("-", "_"): tuple(sorted(sections, key=lambda s: (s.position, s.title)))
        for book, sections in found.items()
    }


def _neutral(raw: dict[str, Any], chosen: frozenset[str], names: frozenset[str], words: dict[str, str]) -> _Raw | None:
    """A section of `runbooks.yml`; None where this plan has no command for it."""
    if not chosen.issuperset(raw.get("when", ())) or not names.issuperset(raw.get("needs", ())):
        return None
    kept = (
        s for s in raw.get("steps", ()) if names.issuperset(s.get("needs", ())) and chosen.issuperset(s.get("when", ()))
    )
    steps = tuple((fill(s["say"], words), fill(s.get("run", ""), words)) for s in kept)
    return _Raw(raw["position"], raw["title"], fill(raw.get("text", ""), words), steps)


def _with_inserts(raw: _Raw, inserts: Sequence[RunbookInsert]) -> Section:
    """The section with what components put where it reads `@(place)`; where none does, nothing stands there."""

    def text_at(found: re.Match[str]) -> str:
        return "".join(f"{part.text.strip()} " for part in inserts if part.place == found[1] and part.text)

    def steps_of() -> Iterator[tuple[str, str]]:
        for text, command in raw.steps:
            if place := _PLACE.fullmatch(text):
                yield from (step for part in inserts if part.place == place[1] for step in part.steps)
            else:
                yield text, command

    return Section(raw.position, raw.title, paragraphs(_PLACE.sub(text_at, raw.text)), _steps(steps_of()))


def _steps(steps: Iterable[tuple[str, str]]) -> tuple[Step, ...]:
    return tuple(
        Step(number, sentence(text), command, code_block(command, len(str(number)) + 2) if command else "")
        for number, (text, command) in enumerate(steps, 1)
    )
