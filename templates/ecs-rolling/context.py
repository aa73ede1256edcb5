"""Rolling releases on ECS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import facts
from generator.component import Answers, Part, Parts, builds, contributes, load_parts


@dataclass(frozen=True)
class Context:
    """What the files of the strategy depend on."""

    terraform: bool
    domain: bool
    load_balancer: bool


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What rolling releases add to the files of others."""
    words = {
        "STACK": facts.stack(answers, answers.production),
        "EXAMPLE": facts.long_running(answers)[0].name,
    }
    yield from load_parts(__file__, "parts.yml", words)


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """Whether Terraform makes the services, and what they stand behind."""
    return Context(
        terraform=answers.iac.tool == "terraform",
        domain=bool(answers.project.domain),
        load_balancer=bool(facts.public(answers)),
    )
