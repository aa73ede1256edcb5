"""AWS: the account guard and the registry, for the scripts of every platform."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import facts
from generator.component import Answers, Part, Parts, builds, contributes
from generator.parts import Decision


@dataclass(frozen=True)
class Context:
    """What the templates of `aws` print."""

    registry_prefix: str


@contributes
def parts(_answers: Answers) -> Iterable[Part]:
    """Why images are promoted by a tag in one registry."""
    yield Decision(
        topic="Promotion of images",
        choice="One registry in production's account; a tag records what an environment ran",
        why="An image is built once and deployed by digest; tags are immutable, so the mark cannot be moved,"
        " and it is kept where the image is, not in a pipeline",
        costs="Every environment's deploy role may add tags in production's registry",
        instead="A registry per environment with copies; a database of releases",
    )


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The first part of every repository's path."""
    return Context(registry_prefix=facts.project(answers))
