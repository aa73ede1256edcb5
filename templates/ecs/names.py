"""Names that services may not have, because something else of the cluster has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator import facts
from generator.component import Answers, Problem

_MIGRATION: Final = "-migrate"
"""What the families of migrations end in."""


def clashes(answers: Answers) -> Iterator[Problem]:
    """Names that are those of the monitoring's service, or of a migration's task definitions."""
    names = {s.name for s in answers.services}
    for number, service in enumerate(answers.services):
        migrated = service.name.removesuffix(_MIGRATION)
        if service.name == facts.MONITORING or (migrated != service.name and migrated in names):
            yield Problem(
                f"services[{number}].name",
                "the cluster uses this name for something of its own",
                service.name,
                "another name",
                f"{service.name[:26]}-app",
            )
