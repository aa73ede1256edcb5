"""Containers of a task cannot write into their image, and are not root

Whoever breaks into a container that may write its image leaves something that stays; one that is root
is so on the machine beneath; and Fargate refuses what is `privileged`, and with it the release. Write
`readonlyRootFilesystem: true` and a numbered `user`. A repository that says so nowhere hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import task_definitions
from generator.checks.models.habits import Lapse, habit, habit_rule, lapse
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.JSON

_FIXES: Final = {
    "privileged": "Take `privileged` out.",
    "readonlyRootFilesystem": "Write true.",
    "user": "Write the number of another user.",
}
_WRONG: Final = {"privileged": ("true",), "readonlyRootFilesystem": ("false",), "user": ("root", "0", "0:0")}


def files(sources: Sources) -> Iterator[str]:
    yield from task_definitions.paths(sources)
    yield from task_definitions.terraform_paths(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path.endswith(".tf"):
        for one in task_definitions.given(sources, path):
            if one.value in _WRONG.get(one.key, ()):
                message = f"a container of this task has {one.key} {one.value}"
                yield habit(at(one, message, _FIXES[one.key]))
        return
    yield from _of_json(sources, path)
    yield from _found(sources, path)


def _of_json(sources: Sources, path: str) -> Iterator[Flaw]:
    kinds = {one.text for one in task_definitions.root(sources, path).at("requiresCompatibilities").items}
    for one in task_definitions.containers(sources, path):
        name, user, privileged = one.at("name").text, one.at("user"), one.at("privileged")
        if user.text.partition(":")[0] in ("root", "0"):
            yield habit(at(user, f"container {name} runs as root", _FIXES["user"]))
        if privileged.text == "true" and "FARGATE" in kinds:
            yield at(privileged, f"container {name} is privileged, which Fargate refuses", _FIXES["privileged"])
        elif privileged.text == "true":
            yield habit(at(privileged, f"container {name} is privileged, and owns its machine", _FIXES["privileged"]))


def _is_database(container: Node) -> bool:
    """Whether it keeps data in its own image, as one for tests does."""
    given = [*container.at("environment").items, *container.at("secrets").items]
    return any(one.at("name").text.startswith(("POSTGRES_", "MYSQL_", "MARIADB_", "MONGO_")) for one in given)


@habit_rule("Write `readonlyRootFilesystem: true`.")
def _found(sources: Sources) -> Iterator[Lapse | None]:
    for path in task_definitions.paths(sources):
        for one in task_definitions.containers(sources, path):
            said = one.at("readonlyRootFilesystem")
            if said.text == "true":
                yield None
            if said.text != "true" and one.is_map and not _is_database(one):
                message = f"container {one.at('name').text} may write into its image"
                yield lapse(path, said or one.key("name"), message)
