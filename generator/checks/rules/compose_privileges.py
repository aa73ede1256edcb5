"""Containers of a development stack have no more rights than in production

A privileged container owns the computer that it runs on, and what works there does not work in a
cluster that refuses it. Take `privileged` and such capabilities out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import compose
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.DOCKER

_MUCH: Final = ("ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "DAC_READ_SEARCH")

files = compose.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    told: set[int] = set()
    for name, service in yaml.root(sources, path).at("services").map.items():
        for place, what in _much(service):
            # What an anchor gives to several services is one mistake.
            if place.line not in told:
                yield habit(at(place, f"{name} {what}", "Take it out."))
            told.add(place.line)


def _much(service: Node) -> Iterator[tuple[Node, str]]:
    """The rights of a service that are too much, and what they let it do."""
    if service.at("privileged").text == "true":
        yield service.at("privileged"), "is privileged, and owns the computer"
    for one in service.at("cap_add").items:
        if one.text.removeprefix("CAP_") in _MUCH:
            yield one, f"may do what else only the kernel does ({one.text})"
