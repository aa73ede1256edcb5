"""Names that services and the project may not have, because the cluster or these manifests use them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator import facts
from generator.component import Answers, Problem

_NAMESPACES: Final = frozenset({"default", "external-secrets", facts.GATEWAY, facts.MONITORING})
_ALLOWED: Final = ("database", "dns", "internet", "mail", "pod-identity", "services")
_TAKEN: Final = frozenset({"default-deny", "kustomization", *(f"allow-{what}" for what in _ALLOWED)})


def clashes(answers: Answers) -> Iterator[Problem]:
    """Names that the cluster or these manifests already use for something else."""
    namespace = facts.namespace(answers)
    if namespace in _NAMESPACES or namespace.startswith("kube-"):
        yield Problem(
            "project.name",
            "is the name of a namespace that the platform uses",
            answers.project.name,
            "another name",
            f"{namespace}-app",
        )
    names = {s.name for s in answers.services}
    for number, service in enumerate(answers.services):
        taken = (service.name == "database" and answers.data.database != "none") or service.name in _TAKEN
        migration = service.name.removesuffix("-migrate")
        if taken or (migration != service.name and migration in names):
            yield Problem(
                f"services[{number}].name",
                "the manifests use this name for an object of their own",
                service.name,
                "another name",
                f"{service.name[:26]}-app",
            )
