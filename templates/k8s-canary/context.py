"""Canary releases: what they add to the files of others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import shifts, times
from generator.component import Answers, Part, Parts, builds, contributes, load_parts


@dataclass(frozen=True)
class Context:
    """The names that the templates see."""

    steps: str
    step_seconds: int


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The steps, and how long each is judged: together they take the minutes of the answers."""
    steps = answers.deployment.canary_steps
    return Context(
        steps=" ".join(map(str, steps)),
        step_seconds=shifts.shift_minutes(answers) * 60 // max(len(steps) - 1, 1),
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What canary releases add to the files of others."""
    *steps, _ = answers.deployment.canary_steps
    words = times.words(answers) | {
        "STEPS": ", ".join(f"{step} %" for step in steps) or "none",
        "MINUTES": times.minutes(shifts.shift_minutes(answers)),
    }
    yield from load_parts(__file__, "parts.yml", words)
