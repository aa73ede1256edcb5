"""Compose files fit their schema and refer to what they declare

`docker compose` refuses unknown keys, and services, volumes, networks, secrets and configs that are
used but not declared.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.schema import recorded
from generator.checks.formats.yaml import Node
from generator.checks.models import compose
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.DOCKER

files = compose.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    if root:
        yield from recorded("github/compose").flaws(root)
    for service, node in root.at("services").map.items():
        yield from _declared(service, "service", _names(node.at("depends_on")), root.at("services"))
        for key in ("networks", "secrets", "configs"):
            yield from _declared(service, key[:-1], _names(node.at(key)), root.at(key))
        yield from _declared(service, "volume", _volumes(node), root.at("volumes"))


def _names(node: Node) -> Iterator[Node]:
    yield from node.keys
    for item in node.items:
        yield item.at("source") if item.is_map else item


def _volumes(node: Node) -> Iterator[Node]:
    for item in node.at("volumes").items:
        if item.text and item.text[0] not in "./~$" and ":" in item.text:
            yield item
        elif item.at("type").text == "volume" and item.at("source"):
            yield item.at("source")


def _declared(service: str, what: str, used: Iterator[Node], declared: Node) -> Iterator[Flaw]:
    for node in used:
        wanted = node.text.partition(":")[0]
        if wanted not in declared.map and (what, wanted) != ("network", "default"):
            message = f"service {service}: there is no {what} {wanted}{did_you_mean(wanted, declared.map)}"
            yield at(node, message)
