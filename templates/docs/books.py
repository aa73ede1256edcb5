"""The sections of the runbooks: those of `runbooks.yml`, and those of components."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from generator.component import Answers, fill, load_yaml
from generator.parts import Runbook

from .markdown import code_block, paragraphs, sentence
from .words import choices_of, words_of


@dataclass(frozen=True)
class Step:
    """A numbered step; `block` is its command as an indented code block."""

    number: int
    text: str
    command: str
    block: str


@dataclass(frozen=True)
class Section:
    """A section of a runbook."""

    position: int
    title: str
    text: str
    steps: tuple[Step, ...]


def books_of(answers: Answers, contributed: Sequence[Runbook], names: frozenset[str]) -> dict[str, tuple[Section, ...]]:
    """The sections of each runbook: the neutral ones and those of components, by position and title."""
    chosen, words = choices_of(answers), words_of(answers)
    # The page on monitoring has no neutral sections.
    found: dict[str, list[Section]] = {"monitoring": []}
    for book, sections in load_yaml(__file__, "runbooks.yml").items():
        found[book] = [section for raw in sections if (section := _neutral(raw, chosen, names, words))]
    for part in contributed:
        steps = _steps((text, command) for text, command in part.steps)
        found[part.book].append(Section(part.position, part.title, paragraphs(part.text), steps))
    return {
        book.replace("-", "_"): tuple(sorted(sections, key=lambda s: (s.position, s.title)))
        for book, sections in found.items()
    }


def _neutral(
    raw: dict[str, Any], chosen: frozenset[str], names: frozenset[str], words: dict[str, str]
) -> Section | None:
    """A section of `runbooks.yml`; None where this plan has no command for it."""
    if not chosen.issuperset(raw.get("when", ())) or not names.issuperset(raw.get("needs", ())):
        return None
    kept = (
        s for s in raw.get("steps", ()) if names.issuperset(s.get("needs", ())) and chosen.issuperset(s.get("when", ()))
    )
    steps = _steps((fill(s["say"], words), fill(s.get("run", ""), words)) for s in kept)
    return Section(raw["position"], raw["title"], paragraphs(fill(raw.get("text", ""), words)), steps)


def _steps(steps: Iterable[tuple[str, str]]) -> tuple[Step, ...]:
    return tuple(
        Step(number, sentence(text), command, code_block(command, len(str(number)) + 2) if command else "")
        for number, (text, command) in enumerate(steps, 1)
    )
