"""Dockerfiles as instructions with their lines: continuations joined, heredocs skipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.checks.source import Sources, lines, name, shared


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its word in upper case, and the rest on one line."""

    word: str
    rest: str
    line: int
    column: int = 1


def paths(sources: Sources) -> Iterator[str]:
    """All Dockerfiles."""
    for path in sources.tree:
        named = name(path) == "Dockerfile" or path.endswith(".Dockerfile") or name(path).startswith("Dockerfile.")
        if named and not path.endswith(".dockerignore"):
            yield path


@shared
def parse(sources: Sources, path: str) -> tuple[Instruction, ...]:
    """The instructions of a file."""
    found: list[Instruction] = []
    start, words, heredoc = 0, "", ""
    for number, line in enumerate(lines(sources, path), 1):
        if heredoc:
            heredoc = "" if line.strip("\t ") == heredoc else heredoc
            continue
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        start = start if words else number
        words += " " + line.strip().removesuffix("\\")
        if not line.rstrip().endswith("\\"):
            found.append(_instruction(words.strip(), start))
            opened = re.search(r"<<-?[\"']?(\w+)[\"']?", words) if found[-1].word in ("RUN", "COPY", "ADD") else None
            heredoc, words = opened[1] if opened else "", ""
    if words:
        found.append(_instruction(words.strip(), start))
    return tuple(found)


def _instruction(text: str, line: int) -> Instruction:
    word, _, rest = text.partition(" ")
    return Instruction(word.upper(), rest.strip(), line)
