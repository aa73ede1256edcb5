"""Names that services and the project may not have, because the cluster or these manifests use them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator import facts, rollouts, taken
from generator.component import Answers, Problem

_NAMESPACES: Final = frozenset({"default", "external-secrets", "node-exporter", facts.GATEWAY, facts.MONITORING})
_ALLOWED: Final = ("database", "dns", "internet", "mail", "pod-identity", "services")
_TAKEN: Final = frozenset({"default-deny", "kustomization", *(f"allow-{what}" for what in _ALLOWED)})
_MIGRATION: Final = "-migrate"
"""What the Job of a migration ends in."""


def clashes(answers: Answers) -> Iterator[Problem]:
    """Names that the cluster or these manifests already use for something else."""
    namespace = facts.namespace(answers)
    used = _NAMESPACES | ({rollouts.NAMESPACE} if rollouts.controlled(answers) else set())
    if namespace in used or namespace.startswith("kube-"):
        yield Problem(
            "project.name",
            "is the name of a namespace that the platform uses",
            answers.project.name,
            "another name",
            f"{namespace}-app",
        )
    names = _TAKEN | ({"database"} if answers.data.database != "none" else set())
    why = "the manifests use this name for an object of their own"
    yield from taken.clashes(answers, why, names=names, suffixes={_MIGRATION})
