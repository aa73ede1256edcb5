"""What a change of answers means for what runs: names and networks are made from answers, and clouds do not rename."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from generator.answers.model import Answers

_WHOLE: Final[tuple[tuple[str, Callable[[Answers], str], str], ...]] = (
    (
        "project.name",
        lambda a: a.project.name,
        "everything that runs bears it: resources are made anew, with new state",
    ),
    ("cloud.provider", lambda a: a.cloud.provider, "everything is made anew there"),
    ("cloud.region", lambda a: a.cloud.region, "everything is made anew there; data does not move by itself"),
    ("orchestration.platform", lambda a: a.orchestration.platform, "what runs on the old one is not moved"),
    ("data.database", lambda a: a.data.database, "the database is replaced; its data does not move by itself"),
)


def upheavals(old: Answers | None, new: Answers) -> Iterator[str]:
    """A line for each change that replaces or abandons what runs; none where the old answers are not known."""
    if old is None:
        return
    for key, value, meaning in _WHOLE:
        if value(old) != value(new):
            yield f"{key} is {value(new)} instead of {value(old)}: {meaning}"
    yield from _environments(old, new)
    gone = [one.name for one in old.services if one.name not in {other.name for other in new.services}]
    for name in gone:
        yield f"service {name} is gone or renamed: its registry, secrets and addresses go along, and others may call it"


def _environments(old: Answers, new: Answers) -> Iterator[str]:
    for name in old.environments:
        if name not in new.environments:
            yield f"environment {name} is gone or renamed: destroy it with the files of before, they know no other one"
        elif old.environments.index(name) != new.environments.index(name):
            yield f"environment {name} has another place in the list: its network is numbered by it, and is replaced"
