"""Routes attach to a Gateway that exists

A route whose parent does not exist, or whose `sectionName` is no listener of it, is attached to
nothing and serves nothing. A Gateway's class must exist too, as an object or through its chart. A repository
without any Gateway has it elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import kubernetes, references
from generator.checks.models.kubernetes_world import absent, missing
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_ROUTES = tuple(kind for kind in references.ROUTES if kind.endswith("Route"))


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *_ROUTES, "Gateway")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for route in kubernetes.in_file(sources, path, *_ROUTES):
        for parent in route.node.at("spec", "parentRefs").items:
            name, section = parent.at("name"), parent.at("sectionName")
            kind = parent.at("kind").text or "Gateway"
            same = [one for one in kubernetes.of_kind(sources, kind) if one.name == name.text]
            if not same and (is_ours(sources) or kubernetes.names_of(sources, kind)):
                yield from missing(sources, absent(route, kind, name, kubernetes.names_of(sources, kind)))
            listeners = {item.at("name").text for one in same for item in one.node.at("spec", "listeners").items}
            if section and listeners and section.text not in listeners:
                message = f"{route.kind} {route.name}: {kind} {name.text} has no listener {section.text}"
                yield at(section, message, one_of(listeners), did_you_mean(section.text, listeners))
    yield from _classes(sources, path)


def _classes(sources: Sources, path: str) -> Iterator[Flaw]:
    known = kubernetes.names_of(sources, "GatewayClass")
    for gateway in kubernetes.in_file(sources, path, "Gateway"):
        name = gateway.node.at("spec", "gatewayClassName")
        if known and name and name.text not in known:
            yield from missing(sources, absent(gateway, "GatewayClass", name, known))
