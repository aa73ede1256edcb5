"""Keys that pods read from a ConfigMap or Secret exist

A container that asks for a key that its ConfigMap, or the ExternalSecret behind its Secret, does not
have never starts. Add the key, or mark the reference `optional: true`.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_SOURCES = (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret"))


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *kubernetes.WORKLOADS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in kubernetes.in_file(sources, path, *kubernetes.WORKLOADS):
        for container in workload.containers:
            for variable in container.at("env").items:
                for field, kind in _SOURCES:
                    yield from _key(sources, kind, variable.at("valueFrom", field))


def _key(sources: Sources, kind: str, node: Node) -> Iterator[Flaw]:
    known = keys(sources, kind).get(node.at("name").text)
    key = node.at("key")
    if known and key.text not in known and node.at("optional").text != "true":
        message = f"{kind} {node.at('name').text} has no key {key.text}{did_you_mean(key.text, known)}"
        yield at(key, message)


@shared
def keys(sources: Sources, kind: str) -> dict[str, set[str]]:
    """The keys of each ConfigMap or Secret, as far as the tree says; overlays may add to them."""
    found: dict[str, set[str]] = {}
    for one in kubernetes.of_kind(sources, kind):
        own = found.setdefault(one.name, set())
        for field in ("data", "stringData", "binaryData"):
            own |= set(one.node.at(field).map)
    for one in kubernetes.of_kind(sources, "ExternalSecret") if kind == "Secret" else ():
        spec = one.node.at("spec")
        if not spec.at("dataFrom"):
            own = found.setdefault(spec.at("target", "name").text or one.name, set())
            own |= {entry.at("secretKey").text for entry in spec.at("data").items}
            own |= set(spec.at("target", "template", "data").map)
    return found
