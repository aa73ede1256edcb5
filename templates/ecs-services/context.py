"""What all strategies on ECS share: the services, and how their tasks are watched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import facts, shifts, taken
from generator.component import Answers, AnswersError, Part, Parts, Problem, builds, contributes, load_parts

from .changing import words_of


@dataclass(frozen=True)
class Context:
    """What the files depend on."""

    terraform: bool
    domain: bool
    load_balancer: bool
    shifting: bool
    moves_requests: bool
    """Whether ECS moves the requests that come through the load balancer."""


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """How to change the strategy; raises AnswersError for what cannot be moved."""
    if shifts.shifting(answers):
        _refuse(answers)
    flags = {"moved": bool(shifts.moved(answers)), "public": bool(facts.public(answers))}
    yield from load_parts(__file__, "parts.yml", words_of(answers), flags)


def _refuse(answers: Answers) -> None:
    """Names that the second target groups have, and services of which none answers a request."""
    why = "a second target group is called so"
    problems = list(taken.clashes(answers, why, suffixes={f"-{shifts.ALTERNATE}"}))
    if not shifts.moved(answers):
        strategy = answers.deployment.strategy
        problems.append(
            Problem(
                "deployment.strategy", "no service answers requests that could be moved", strategy, "rolling", "rolling"
            )
        )
    if problems:
        raise AnswersError(tuple(problems))


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """Whether Terraform makes the services, what they stand behind, and whether requests are moved."""
    public, shifting = bool(facts.public(answers)), shifts.shifting(answers)
    return Context(
        terraform=answers.iac.tool == "terraform",
        domain=bool(answers.project.domain),
        load_balancer=public,
        shifting=shifting,
        moves_requests=public and shifting,
    )
