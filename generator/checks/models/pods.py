"""Pods as they are asked for: by workloads, and by the patches that overlays lay over them.

A patch may set what a workload leaves out. Nobody builds every overlay here: what a patch speaks of is taken as set,
and what it sets wrongly is told where the patch stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import patterns
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.models.kubernetes import Manifest
from generator.checks.source import Sources, shared

SECURITY: Final = "securityContext"


@dataclass(frozen=True, slots=True)
class Patch:
    """A patch of workloads: patterns of their kind and name, and what it sets."""

    path: str
    kind: str
    name: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A key with its value, where it stands."""

    key: str
    value: Node

    @property
    def line(self) -> int:
        return self.value.line

    @property
    def column(self) -> int:
        return self.value.column


@shared
def workloads(sources: Sources) -> tuple[Manifest, ...]:
    """The objects that make pods with containers."""
    return tuple(one for one in kubernetes.of_kind(sources, *kubernetes.WORKLOADS) if _has_containers(one))


@shared
def in_file(sources: Sources, path: str) -> tuple[Manifest, ...]:
    """Those of a file."""
    return tuple(one for one in kubernetes.in_file(sources, path, *kubernetes.WORKLOADS) if _has_containers(one))


def files(sources: Sources) -> list[str]:
    """The files with workloads, and with patches of some."""
    return sorted({one.path for one in workloads(sources)} | {one.path for one in patches(sources)})


def label(workload: Manifest) -> str:
    """How messages name a workload."""
    return f"{workload.kind} {workload.name or workload.node.at('metadata', 'generateName').text}"


def context(workload: Manifest) -> Node:
    """The security context of all containers of a workload."""
    return workload.pod.at("spec", SECURITY)


def effective(workload: Manifest, container: Node, key: str) -> Node:
    """A setting of the security context that holds for a container: its own, or that of its pod."""
    return container.at(SECURITY, key) or context(workload).at(key)


def place(workload: Manifest, container: Node | None = None) -> Node:
    """Where a setting of security is missing: the security context of the container or pod, or what should have it."""
    holder = workload.pod.at("spec") if container is None else container
    if holder.at(SECURITY):
        return holder.key(SECURITY)
    return holder.key("name") if container else workload.pod.key("spec")


def is_patched(sources: Sources, workload: Manifest, *words: str) -> bool:
    """Whether some overlay's patch of the workload speaks of one of these keys."""
    return not patched_words(sources, workload).isdisjoint(words)


@shared
def patched_words(sources: Sources, workload: Manifest) -> frozenset[str]:
    """The keys that patches of overlays speak of."""
    found = [one for one in patches(sources) if _fits(one.kind, workload.kind) and _fits(one.name, workload.name)]
    return frozenset(setting.key for one in found for setting in one.settings)


def patched(sources: Sources, path: str, wrong: Mapping[str, tuple[str, ...]]) -> Iterator[Setting]:
    """What patches of a file set to one of these values."""
    for one in patches(sources):
        for setting in one.settings if one.path == path else ():
            if setting.value.text in wrong.get(setting.key, ()):
                yield setting


@shared
def patches(sources: Sources) -> tuple[Patch, ...]:
    """All patches of workloads that kustomizations apply."""
    applied = (one for path in kubernetes.kustomizations(sources) for one in kustomize.patches(sources, path))
    return tuple(
        Patch(one.path, *one.wanted, tuple(_settings(one.document)))
        for one in applied
        if any(_fits(one.wanted[0], kind) for kind in kubernetes.WORKLOADS)
    )


def _fits(pattern: str, name: str) -> bool:
    """Whether the pattern of a target takes a name; True for one that nobody can tell in time."""
    return not pattern or patterns.fits(pattern, name) is not False


def _settings(document: Node) -> Iterator[Setting]:
    """What a patch sets: keys with their values, and the ends of the paths of a JSON patch with theirs."""
    for operation in document.items:
        *_, key = operation.at("path").text.split("/")
        if operation.at("op").text in ("add", "replace") and operation.at("value"):
            yield Setting(key, operation.at("value"))
    for node in document.walk():
        yield from (Setting(key, value) for key, value in node.map.items())


def _has_containers(workload: Manifest) -> bool:
    """Whether there is something to judge: on Windows other settings count."""
    spec = workload.pod.at("spec")
    windows = "windows" in (spec.at("os", "name").text, spec.at("nodeSelector", "kubernetes.io/os").text)
    return bool(spec.at("containers").items) and not windows
