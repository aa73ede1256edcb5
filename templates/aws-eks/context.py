"""Access to a Kubernetes cluster on AWS: one verbatim file, which needs nothing of the answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator.component import Answers, Part, Parts, builds, contributes


@dataclass(frozen=True)
class Context:
    """The file is copied as it is."""


@contributes
def parts(_answers: Answers) -> Iterable[Part]:
    """Nothing is added to the files of others."""
    return ()


@builds
def build(_answers: Answers, _parts: Parts) -> Context:
    """Nothing is filled in."""
    return Context()
