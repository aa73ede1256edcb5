"""Routes attach to a Gateway that exists

A route whose parent does not exist, or whose `sectionName` is no listener of it, is attached to
nothing and serves nothing. A Gateway's class must exist too, as an object or through its chart. A repository
without any Gateway has it elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.checks.models import built_forms, kubernetes, references
from generator.checks.models.habits import Told
from generator.checks.models.kubernetes_world import absent, missing
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_ROUTES = tuple(kind for kind in references.ROUTES if kind.endswith("Route"))


def files(sources: Sources) -> list[str]:
    return sorted({*built_forms.files(sources, *_ROUTES), *kubernetes.files_of(sources, "Gateway")})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, [])
    yield from _classes(sources, path)


@shared
def _found(sources: Sources) -> Told:
    return built_forms.told(built_forms.of_kind(sources, *_ROUTES), partial(_wrong, sources))


def _wrong(sources: Sources, _: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    route = one.manifest
    for parent in route.node.at("spec", "parentRefs").items if not one.unclear else ():
        name, section = parent.at("name"), parent.at("sectionName")
        kind = parent.at("kind").text or "Gateway"
        known = kubernetes.names_of(sources, kind)
        if name.text not in known and (known or is_ours(sources)):
            yield from ((one.file_of(name), flaw) for flaw in missing(sources, absent(route, kind, name, known)))
        listeners = _listeners(sources, kind, name.text)
        if section and listeners and section.text not in listeners:
            message = f"{route.kind} {route.name}: {kind} {name.text} has no listener {section.text}"
            near = did_you_mean(section.text, listeners)
            yield one.file_of(section), at(section, message, one_of(listeners), near)


@shared
def _listeners(sources: Sources, kind: str, name: str) -> frozenset[str]:
    """The listeners that parents of a name have, in any of their forms; none where nobody can tell."""
    parents = [one for forms in built_forms.of_kind(sources, kind) for _, one in forms if one.manifest.name == name]
    if any(one.unclear for one in parents):
        return frozenset()
    every = (item for one in parents for item in one.manifest.node.at("spec", "listeners").items)
    return frozenset(item.at("name").text for item in every)


def _classes(sources: Sources, path: str) -> Iterator[Flaw]:
    known = kubernetes.names_of(sources, "GatewayClass")
    for gateway in kubernetes.in_file(sources, path, "Gateway"):
        name = gateway.node.at("spec", "gatewayClassName")
        if known and name and name.text not in known:
            yield from missing(sources, absent(gateway, "GatewayClass", name, known))
