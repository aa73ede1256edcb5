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
from generator.checks.models.kustomize_build import applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_SIZE = re.compile(r"--storage\.tsdb\.retention\.size=(\S+)")
_VARIABLE = re.compile(r"\$\((\w+)\)")
_UNITS = {"": 0, "B": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}


@dataclass(frozen=True, slots=True)
class Said:
    """A size, and where it stands."""

    path: str
    line: int
    column: int
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
            yield at(kept, message, f"Keep less than {volume.text}, or ask for a larger volume.")


@shared
def sizes(sources: Sources) -> tuple[tuple[Said, Said, str], ...]:
    """What is kept, the volume and the name of each StatefulSet of Prometheus, as it is applied."""
    found = []
    for one in (one for group in applied(sources) for one in group.of_kind("StatefulSet")):
        kept, volume = _kept(one), _volume(one)
        found += [(kept, volume, one.manifest.name)] if kept and volume else []
    return tuple(dict.fromkeys(found))


def _kept(one: Built) -> Said | None:
    for container in one.manifest.containers:
        for word in container.at("args").items:
            match = _SIZE.fullmatch(word.text)
            variable = _VARIABLE.fullmatch(match[1]) if match else None
            if match and not variable:
                return Said(one.file_of(word), word.line, word.column, match[1])
            if variable:
                return _variable(one, variable[1])
    return None


def _variable(one: Built, name: str) -> Said | None:
    variables = (variable for container in one.manifest.containers for variable in container.at("env").items)
    values = (variable.at("value") for variable in variables if variable.at("name").text == name)
    return next((_said(one, value) for value in values if value), None)


def _volume(one: Built) -> Said | None:
    claims = one.manifest.node.at("spec", "volumeClaimTemplates").items
    storage = claims[0].at("spec", "resources", "requests", "storage") if len(claims) == 1 else None
    return _said(one, storage) if storage else None


def _said(one: Built, value: Node) -> Said:
    return Said(one.file_of(value), value.line, value.column, value.text)
