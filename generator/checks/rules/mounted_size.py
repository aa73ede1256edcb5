"""Prometheus keeps less than its volume holds

Prometheus deletes the oldest blocks once they are larger than `--storage.tsdb.retention.size`. Where the volume is
smaller than that, it is full first, and Prometheus stops. Every kustomization that is applied is judged with its
patches. Leave a fifth of the volume to the write-ahead log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kustomize import Patch
from generator.checks.rule import Flaw, Format, Placed, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_SIZE = re.compile(r"--storage\.tsdb\.retention\.size=(\S+)")
_VARIABLE = re.compile(r"\$\((\w+)\)")
_UNITS = {"": 0, "B": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_STORAGE = re.compile(r"/spec/volumeClaimTemplates/\d+/spec/resources/requests/storage")


@dataclass(frozen=True, slots=True)
class Said:
    """A size, and where it stands."""

    path: str
    place: Placed
    text: str

    @property
    def bytes(self) -> float:
        """The size; Prometheus counts its GB as Kubernetes its Gi. 0 where it cannot be known."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGTPE]?)(i?)B?", self.text)
        if not match:
            return 0
        base = 1024.0 if match[3] or self.text.endswith("B") else 1000.0
        return float(float(match[1]) * base ** _UNITS[match[2]])


def files(sources: Sources) -> Iterator[str]:
    return iter(dict.fromkeys(kept.path for kept, _, _ in sizes(sources)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for kept, volume, name in sizes(sources):
        if kept.path == path and kept.bytes and volume.bytes and kept.bytes >= volume.bytes:
            message = f"StatefulSet {name} keeps {kept.text} on a volume of {volume.text}"
            yield at(kept.place, message, f"Keep less than {volume.text}, or ask for a larger volume.")


@shared
def sizes(sources: Sources) -> tuple[tuple[Said, Said, str], ...]:
    """What is kept, the volume and the name of each StatefulSet of Prometheus, as it is applied."""
    found = []
    used = kustomize.users(sources)
    roots = [path for path in kubernetes.kustomizations(sources) if path not in used]
    for one in kubernetes.of_kind(sources, "StatefulSet"):
        if not any(_SIZE.fullmatch(word.text) for container in one.containers for word in container.at("args").items):
            continue
        scopes = [scope.patches for path in roots if one in (scope := kustomize.scope(sources, path)).objects]
        for patches in scopes or [[]]:
            kept, volume = _kept(sources, one, patches), _volume(sources, one, patches)
            found += [(kept, volume, one.name)] if kept and volume else []
    return tuple(found)


def _kept(sources: Sources, one: Manifest, patches: list[Patch]) -> Said | None:
    for container in one.containers:
        for word in container.at("args").items:
            match = _SIZE.fullmatch(word.text)
            variable = _VARIABLE.fullmatch(match[1]) if match else None
            if match and not variable:
                return Said(one.path, word, match[1])
            if variable:
                return _variable(sources, one, variable[1], patches)
    return None


def _variable(sources: Sources, one: Manifest, name: str, patches: list[Patch]) -> Said | None:
    """The value of a variable: what the last patch says, or else the object."""
    for patch in reversed(patches):
        if patch.document.is_map and kustomize.is_for(patch, one):
            value = _value(patch.document.at("spec", "template", "spec", "containers").items, name)
            if value:
                return Said(patch.path, patch.place(sources, value), value.text)
    value = _value(one.containers, name)
    return Said(one.path, value, value.text) if value else None


def _value(containers: list[Node], name: str) -> Node | None:
    variables = (variable for container in containers for variable in container.at("env").items)
    return next((one.at("value") for one in variables if one.at("name").text == name and one.at("value")), None)


def _volume(sources: Sources, one: Manifest, patches: list[Patch]) -> Said | None:
    for patch in reversed(patches):
        for operation in patch.document.items if kustomize.is_for(patch, one) else ():
            if _STORAGE.fullmatch(operation.at("path").text):
                value = operation.at("value")
                return Said(patch.path, patch.place(sources, value), value.text)
    claims = one.node.at("spec", "volumeClaimTemplates").items
    storage = claims[0].at("spec", "resources", "requests", "storage") if len(claims) == 1 else None
    return Said(one.path, storage, storage.text) if storage else None
