"""Access to EKS: what scripts of Kubernetes ask of AWS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator.component import Answers, Part, Parts, builds, contributes
from generator.parts import Ignored


@dataclass(frozen=True)
class Context:
    """Nothing: the file is the same everywhere."""


@contributes
def parts(_answers: Answers) -> Iterable[Part]:
    """What must not get into the repository."""
    yield Ignored(pattern="*.kubeconfig", reason="Credentials of a cluster: they never enter the repository")


@builds
def build(_answers: Answers, _parts: Parts) -> Context:
    """No derived values."""
    return Context()
