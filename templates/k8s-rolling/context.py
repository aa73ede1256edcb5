"""Rolling releases: what they add to the files of others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import facts, shifts, times
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
    running = [service.name for service in facts.long_running(answers)]
    longest = shifts.longest_minutes(answers)
    alerts = {
        "NAMESPACE": facts.namespace(answers), "SERVICES": "|".join(running), "SERVICE": running[0],
        "MINUTES": longest, "BEFORE": f"{longest - 1}m45s", "LAST": longest + 10,
    }  # fmt: skip
    yield from load_parts(__file__, "alerts.yml", alerts)
    words = times.words(answers) | {"KUBECTL": f"kubectl --namespace {facts.namespace(answers)}", "EXAMPLE": running[0]}
    yield from load_parts(__file__, "parts.yml", words)
