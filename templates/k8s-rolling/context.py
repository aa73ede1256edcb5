"""Rolling releases: what they add to the files of others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import facts, times
from generator.component import Answers, Part, Parts, builds, contributes, load_parts


@dataclass(frozen=True)
class Context:
    """The names that the templates see: none."""


@builds
def build(_answers: Answers, _parts: Parts) -> Context:
    """The script is the same for all answers."""
    return Context()


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What rolling releases add to the files of others."""
    words = times.words(answers) | {
        "KUBECTL": f"kubectl --namespace {facts.namespace(answers)}",
        "EXAMPLE": facts.long_running(answers)[0].name,
    }
    yield from load_parts(__file__, "parts.yml", words)
