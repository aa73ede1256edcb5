"""Two sides of pods per service: what they add to the files of others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import facts, shifts, taken
from generator.component import Answers, AnswersError, Part, Parts, builds, contributes, load_parts
from generator.parts import ReleaseRight


@dataclass(frozen=True)
class Context:
    """The names that the templates see: none."""


@builds
def build(_answers: Answers, _parts: Parts) -> Context:
    """The script is the same for all answers."""
    return Context()


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What two sides add to the files of others; raises AnswersError for names that a side needs."""
    why = "a release gives a service of this name a side"
    if problems := tuple(taken.clashes(answers, why, suffixes=tuple(f"-{side}" for side in shifts.SIDES))):
        raise AnswersError(problems)
    running = facts.long_running(answers)
    yield ReleaseRight(
        name="sides",
        resources=("services/proxy",),
        names=tuple(f"http:{s.name}-{side}:{s.port}" for s in running for side in shifts.SIDES),
        verbs=("get",),
        why="A release is tried through the Service of its side before users come.",
    )
    longest = shifts.longest_minutes(answers)
    alerts = {
        "NAMESPACE": facts.namespace(answers), "SIDES": "|".join(shifts.SIDES),
        "MINUTES": longest, "BEFORE": f"{longest - 1}m45s", "LAST": longest + 10,
    }  # fmt: skip
    yield from load_parts(__file__, "alerts.yml", alerts)
    words = {"KUBECTL": f"kubectl --namespace {facts.namespace(answers)}", "EXAMPLE": running[0].name}
    yield from load_parts(__file__, "parts.yml", words)
