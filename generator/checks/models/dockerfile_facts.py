"""What Dockerfiles and compose files say of the services that they build and run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.checks.formats import dockerfile, yaml
from generator.checks.formats.yaml import ABSENT, Node
from generator.checks.models import compose
from generator.checks.models.service_fact import HEALTH, PORT, Fact, asked_path
from generator.checks.source import Sources, folder, join, lines, name, shared


@dataclass(frozen=True, slots=True)
class Running:
    """A service of a compose file."""

    path: str
    name: str
    node: Node
    dockerfile: str
    """The Dockerfile that it is built from; "" for one that is not built."""

    @property
    def port(self) -> Node:
        """The value of its variable PORT, where that is a number."""
        environment = self.node.at("environment")
        listed = next((item for item in environment.items if item.text.startswith("PORT=")), ABSENT)
        value = environment.at("PORT") or listed
        return value if value.text.removeprefix("PORT=").isdecimal() else ABSENT

    @property
    def targets(self) -> list[tuple[str, Node]]:
        """The ports inside that are published, each with its entry; none where one is not plain."""
        found = []
        for entry in self.node.at("ports").items:
            text = entry.at("target").text or entry.text.partition("/")[0]
            found.append((text.rpartition(":")[2], entry))
        return found if all(port.isdecimal() for port, _ in found) else []


@shared
def running(sources: Sources) -> tuple[Running, ...]:
    """The services of all compose files."""
    return tuple(one for path in compose.paths(sources) for one in _running(sources, path))


@shared
def by_path(sources: Sources) -> dict[str, list[Running]]:
    """The same by their file."""
    found: dict[str, list[Running]] = {}
    for one in running(sources):
        found.setdefault(one.path, []).append(one)
    return found


def _running(sources: Sources, path: str) -> Iterator[Running]:
    for service, node in yaml.root(sources, path).at("services").map.items():
        build = node.at("build")
        context = join(folder(path), build.at("context").text or build.text or ".")
        file = join(context, build.at("dockerfile").text or "Dockerfile") if build else ""
        yield Running(path, service, node, file if file in sources.tree else "")


@shared
def titles(sources: Sources) -> dict[str, str]:
    """The service of each Dockerfile: as compose calls it, else by the name of the file or its folder."""
    found = {path: dockerfile.title(path) or name(path) for path in dockerfile.paths(sources)}
    known = set()
    for one in running(sources):
        # A second service of one image is another way to run it.
        if name(one.dockerfile) == "Dockerfile" and one.dockerfile not in known:
            found[one.dockerfile] = one.name
        known.add(one.dockerfile)
    return found


def facts(sources: Sources) -> Iterator[Fact]:
    """The facts of Dockerfiles and compose files."""
    for path, service in titles(sources).items():
        yield from exposed(sources, path, service)
        told = told_port(sources, path, service)
        yield from (told,) if told else ()
        yield from _healths(sources, path, service)
    for one in running(sources):
        if one.port:
            value = one.port.text.removeprefix("PORT=")
            place = one.port
            yield Fact(one.name, PORT, value, f"PORT of {one.name} in compose", one.path, place.line, place.column)


def last_stage(sources: Sources, path: str) -> list[dockerfile.Instruction]:
    """The instructions of the stage that becomes the image."""
    all_of_it = dockerfile.parse(sources, path)
    starts = (index + 1 for index, one in enumerate(all_of_it) if one.word == "FROM")
    return list(all_of_it[max(starts, default=0) :])


def exposed(sources: Sources, path: str, service: str) -> Iterator[Fact]:
    """The ports that a Dockerfile exposes, those of UDP not."""
    for one in last_stage(sources, path):
        if one.word == "EXPOSE":
            for match in re.finditer(r"(?<!\S)(\d+)(?:/tcp)?(?!\S)", one.rest):
                column = lines(sources, path)[one.line - 1].find(match[1]) + 1
                yield Fact(service, PORT, match[1], f"EXPOSE of {service}", path, one.line, column)


def told_port(sources: Sources, path: str, service: str) -> Fact | None:
    """What `ENV PORT` of a Dockerfile says, where it is a number."""
    found = None
    for one in last_stage(sources, path):
        for number in _lines(sources, path, one) if one.word == "ENV" else ():
            match = re.search(r"(?:^|\s)PORT(?:=|\s+)[\"']?(\d+)(?![\w.])", lines(sources, path)[number - 1])
            if match:
                where = f"ENV PORT of {service}"
                found = Fact(service, PORT, match[1], where, path, number, match.start(1) + 1)
    return found


def _healths(sources: Sources, path: str, service: str) -> Iterator[Fact]:
    """By what path the image asks itself: in the check, or in the program that the Dockerfile writes for it."""
    checks = [one for one in last_stage(sources, path) if one.word == "HEALTHCHECK"]
    numbers = [number for one in checks for number in _lines(sources, path, one)]
    everywhere = range(1, len(lines(sources, path)) + 1)
    for number in [*numbers, *everywhere] if checks else ():
        line = lines(sources, path)[number - 1]
        asked, offset = asked_path(line) if not line.lstrip().startswith("#") else ("", 0)
        if asked:
            yield Fact(service, HEALTH, asked, f"the HEALTHCHECK of {service}", path, number, offset + 1)
            return


def _lines(sources: Sources, path: str, one: dockerfile.Instruction) -> Iterator[int]:
    """The numbers of an instruction's lines."""
    for number, line in enumerate(lines(sources, path)[one.line - 1 :], one.line):
        yield number
        if not line.rstrip().endswith("\\") and not line.lstrip().startswith("#"):
            return
