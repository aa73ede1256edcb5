"""Names that services may not have, because something else of the cluster has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator import facts, taken
from generator.component import Answers, Problem

_MIGRATION: Final = "-migrate"
"""What the families of migrations end in."""


def clashes(answers: Answers) -> Iterator[Problem]:
    """Names that are those of the monitoring's service, or of a migration's task definitions."""
    why = "the cluster uses this name for something of its own"
    yield from taken.clashes(answers, why, names={facts.MONITORING}, suffixes={_MIGRATION})
