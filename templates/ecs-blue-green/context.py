"""Blue-green releases on ECS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import facts, shifts, times
from generator.component import Answers, Part, Parts, builds, contributes, load_parts


@dataclass(frozen=True)
class Context:
    """What the files print."""

    terraform: bool
    domain: bool
    shift: shifts.Shift


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What blue-green releases add to the files of others."""
    words = times.words(answers) | {
        "STACK": facts.stack(answers, answers.production),
        "PRODUCTION": answers.production,
        "EXAMPLE": (shifts.moved(answers) or facts.long_running(answers))[0].name,
        "MOVED": " ".join(s.name for s in shifts.moved(answers)),
        "KEPT": times.minutes(shifts.shift(answers).bake_minutes),
    }
    yield from load_parts(__file__, "parts.yml", words)


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """How ECS moves the requests."""
    return Context(
        terraform=answers.iac.tool == "terraform",
        domain=bool(answers.project.domain),
        shift=shifts.shift(answers),
    )
