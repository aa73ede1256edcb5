"""Dockerfiles as instructions with their lines: continuations joined, heredocs skipped."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from generator.checks.source import FILLED_IN, Sources, folder, lines, name, shared
from generator.repository import is_foreign

HEREDOC: Final = re.compile(r"(?<!\S)\d*<<-?([\"']?)([A-Za-z_]\w*)\1")
_QUOTED: Final = re.compile(r"(?<![<-])(?:\"(?:[^\"\\]|\\.)*\"|'[^']*')")
WITH_HEREDOC: Final = ("RUN", "COPY", "ADD")
_NAMED: Final = re.compile(r"(?:(?P<before>.+)\.)?(?:Docker|Container)file(?:\.(?P<after>.+))?", re.IGNORECASE)
_NONE: Final = (*FILLED_IN, ".template", ".dockerignore", ".md", ".swp")
"""What lies beside a Dockerfile and is none."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its word in upper case, and the rest on one line."""

    word: str
    rest: str
    line: int
    column: int = 1
    unended: str = ""
    """What should end its here-document, and does not come."""

    @property
    def flags(self) -> tuple[tuple[str, str], ...]:
        """The options before the arguments, with their values."""
        found = []
        for part in self.rest.split():
            match = re.fullmatch(r"--([a-z][\w.-]*)(?:=(.*))?", part)
            if match is None:
                break
            found.append((match[1], match[2] or ""))
        return tuple(found)

    @property
    def arguments(self) -> str:
        """The rest without options."""
        return re.sub(r"^(?:--[a-z][\w.-]*(?:=\S*)?(?:\s+|$))+", "", self.rest)


def paths(sources: Sources) -> Iterator[str]:
    """All Dockerfiles."""
    for path in sources.tree:
        own = name(path)
        match = _NAMED.fullmatch(own)
        # A module of a program may be called dockerfile.py.
        named = match and not (match["after"] and (match["before"] or own[0].islower()))
        if named and not path.endswith(_NONE) and not is_foreign(path):
            yield path


def title(path: str) -> str:
    """What a Dockerfile is called after: `web` of `web.Dockerfile` and of `Dockerfile.web`, else its folder."""
    match = _NAMED.fullmatch(name(path))
    return (match and (match["before"] or match["after"])) or name(folder(path))


@shared
def parse(sources: Sources, path: str) -> tuple[Instruction, ...]:
    """The instructions of a file."""
    found: list[Instruction] = []
    start, column, words = 0, 1, ""
    heredocs: deque[str] = deque()
    sign = _escape(lines(sources, path))
    for number, line in enumerate(lines(sources, path), 1):
        if heredocs:
            if line.strip("\t ") == heredocs[0]:
                heredocs.popleft()
            continue
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not words:
            start, column = number, len(line) - len(line.lstrip()) + 1
        goes_on = line.rstrip().endswith(sign)
        words += " " + (line.rstrip()[:-1] if goes_on else line).strip()
        if not goes_on:
            found.append(_instruction(words.strip(), start, column))
            opened = HEREDOC.findall(_QUOTED.sub("", words)) if found[-1].word in WITH_HEREDOC else []
            heredocs, words = deque(end for _, end in opened), ""
    if heredocs:
        found[-1] = replace(found[-1], unended=heredocs[0])
    if words:
        found.append(_instruction(words.strip(), start, column))
    return tuple(found)


def _escape(rows: tuple[str, ...]) -> str:
    """The sign that continues a line, which a comment at the very top may change."""
    for row in rows:
        match = re.match(r"#\s*(\w+)\s*=\s*(\S+)\s*$", row)
        if match is None:
            break
        if match[1].lower() == "escape":
            return match[2] if match[2] in ("\\", "`") else "\\"
    return "\\"


def _instruction(text: str, line: int, column: int) -> Instruction:
    word, *rest = re.split(r"\s+", text, maxsplit=1)
    return Instruction(word.upper(), rest[0].strip() if rest else "", line, column)


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands between one FROM and the next."""

    name: str
    """In small letters; "" for one without a name."""
    base: str
    instructions: tuple[Instruction, ...]
    """Its FROM first."""


@shared
def stages(sources: Sources, path: str) -> tuple[Stage, ...]:
    """The stages of a file, in their order."""
    groups: list[list[Instruction]] = []
    for one in parse(sources, path):
        if one.word == "FROM":
            groups.append([one])
        elif groups:
            groups[-1].append(one)
    return tuple(_stage(group) for group in groups)


def _stage(group: list[Instruction]) -> Stage:
    base, *more = group[0].arguments.split() or [""]
    named = more[1].lower() if len(more) == 2 and more[0].upper() == "AS" else ""
    return Stage(named, base, tuple(group))
