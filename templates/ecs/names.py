"""Names that services may not have, because something else of the cluster has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator import facts, taken
from generator.component import Answers, Problem

_MIGRATION: Final = "-migrate"
"""What the families of migrations end in."""
_OF_DATABASE: Final = frozenset({"database", "database-session"})
"""What the alarms of the database begin with, and the task by which people reach it."""


def clashes(answers: Answers) -> Iterator[Problem]:
    """Names that are those of the monitoring's service, of the database or of a migration's task definitions."""
    names = {facts.MONITORING} | (_OF_DATABASE if answers.data.database != "none" else set())
    why = "the cluster uses this name for something of its own"
    yield from taken.clashes(answers, why, names=names, suffixes={_MIGRATION})
