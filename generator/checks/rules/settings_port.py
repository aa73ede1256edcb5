"""Local services and jobs ask a database at the port on which it listens

`X_HOST` and `X_PORT` in a compose file name a database that the file starts, and in a job one that GitHub starts beside
it and publishes at a port. With another port nothing starts on anybody's computer, and no test finds its data. Judged
are images with a port that everybody knows, in repositories that agency-scaffold generated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import compose, github
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.DOCKER

_USUAL: Final = {"postgres": "5432", "mysql": "3306", "mariadb": "3306", "redis": "6379", "mongo": "27017"}
_PORT: Final = "_PORT"
_HERE: Final = ("127.0.0.1", "localhost")


def files(sources: Sources) -> Iterator[str]:
    if is_ours(sources):
        yield from compose.paths(sources)
        yield from github.workflow_paths(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for port, name, listens in (*_of_compose(sources, path), *_of_jobs(sources, path)):
        if port.text.isdecimal() and port.text != listens:
            yield at(port, f"{name} listens on {listens}, not on {port.text}", f"Write {listens}.")


def _of_compose(sources: Sources, path: str) -> Iterator[tuple[Node, str, str]]:
    every = compose.services(sources, path) if path in set(compose.paths(sources)) else {}
    for one in every.values():
        for _, host, port in _pairs(one.at("environment")):
            database = every.get(host.text)
            image = re.split(r"[:@]", database.at("image").text.rpartition("/")[2])[0] if database else ""
            if database and image in _USUAL and not database.at("command"):
                yield port, host.text, _USUAL[image]


def _of_jobs(sources: Sources, path: str) -> Iterator[tuple[Node, str, str]]:
    for job in github.jobs(sources, path).values() if path in set(github.workflow_paths(sources)) else ():
        for name, service in job.node.at("services").map.items():
            published = [one.text.partition(":")[0] for one in service.at("ports").items if ":" in one.text]
            for step in job.steps if len(published) == 1 else ():
                for begin, host, port in _pairs(step.at("env")):
                    if begin.lower() == name and host.text in _HERE:
                        yield port, name, published[0]


def _pairs(settings: Node) -> Iterator[tuple[str, Node, Node]]:
    """What names of settings begin with that end in _HOST and _PORT, with both."""
    for key, port in settings.map.items():
        host = settings.at(f"{key.removesuffix(_PORT)}_HOST") if key.endswith(_PORT) else None
        if host:
            yield key.removesuffix(_PORT), host, port
