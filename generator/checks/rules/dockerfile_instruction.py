"""Dockerfiles have known instructions and stages

A build stops at an unknown instruction, at one before the first FROM, and at a stage that `--from`
names but no FROM defines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import dockerfile
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.DOCKER

_KNOWN: Final = frozenset((
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "ONBUILD", "RUN",
    "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
))  # fmt: skip

files = dockerfile.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    stages: list[str] = []
    begun = False
    for one in dockerfile.parse(sources, path):
        if one.word not in _KNOWN:
            yield at(one, f"there is no instruction {one.word}{did_you_mean(one.word, _KNOWN)}")
        elif one.word == "FROM":
            begun = True
            stages.append(str(len(stages)))
            match = re.search(r"\sAS\s+(\S+)", f" {one.rest}", re.IGNORECASE)
            stages += [match[1].lower()] if match else []
        elif not begun and one.word != "ARG":
            yield at(one, f"{one.word} stands before the first FROM")
        yield from _stages(one, stages)
    if not begun:
        yield Flaw(0, "there is no FROM")


def _stages(one: dockerfile.Instruction, stages: list[str]) -> Iterator[Flaw]:
    for name in re.findall(r"(?:--from=|[, ]from=)([^\s,]+)", one.rest) if one.word in ("COPY", "ADD", "RUN") else ():
        image = ":" in name or "/" in name or "$" in name or "." in name
        if not image and name.lower() not in stages:
            yield at(one, f"there is no stage {name}{did_you_mean(name.lower(), stages)}")
