"""Rolling releases on ECS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import facts, times
from generator.component import Answers, Part, Parts, builds, contributes, load_parts


@dataclass(frozen=True)
class Context:
    """Nothing: the strategy says the same whatever the answers are."""


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What rolling releases add to the files of others."""
    words = times.words(answers) | {
        "STACK": facts.stack(answers, answers.production),
        "EXAMPLE": facts.long_running(answers)[0].name,
    }
    yield from load_parts(__file__, "parts.yml", words)


@builds
def build(_answers: Answers, _parts: Parts) -> Context:
    """The view-model, which is empty."""
    return Context()
