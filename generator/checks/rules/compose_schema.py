"""Compose files fit their schema and refer to what they declare

`docker compose` refuses unknown keys, and services, volumes, networks, secrets and configs that are
used but not declared. A file may be run with those beside it (`-f`), so that what one of them declares is there.
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
    # What an alias brings to several services is wrong once.
    found: dict[tuple[int, int], Flaw] = {}
    for flaw in _flaws(sources, path):
        found.setdefault((flaw.line, flaw.column), flaw)
    yield from found.values()


def _flaws(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    if root:
        yield from recorded("github/compose").flaws(root)
    for service, node in root.at("services").map.items():
        used = {
            "services": _names(node.at("depends_on")),
            "networks": _names(node.at("networks")),
            "secrets": _names(node.at("secrets")),
            "configs": _names(node.at("configs")),
            "volumes": _volumes(node),
        }
        for key, names in used.items():
            declared = compose.declared(sources, path, key)
            if declared is not None:
                yield from _undeclared(service, key.removesuffix("s"), names, declared)


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


def _undeclared(service: str, what: str, used: Iterator[Node], declared: frozenset[str]) -> Iterator[Flaw]:
    for node in used:
        wanted = node.text.partition(":")[0]
        known = wanted in declared or (what, wanted) == ("network", "default") or wanted == "<<" or "$" in wanted
        if node.text and not known:
            message = f"service {service}: there is no {what} {wanted}"
            yield at(node, message, f"Add `{wanted}:` under the `{what}s` of the file.", did_you_mean(wanted, declared))
