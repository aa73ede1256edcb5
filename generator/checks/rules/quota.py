"""A quota leaves room for a release

A ResourceQuota that allows no more pods than there are workloads has no room for the first pod of a new version: the
release waits until its time is up, and so does every restart on another node. Counted are the workloads that the
kustomization of the quota applies to the same namespace, each with one pod, and one pod more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.numbers import whole
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.kubernetes import KUSTOMIZATIONS, Manifest
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, join, shared, text

FORMAT = Format.KUBERNETES

_RUNNING: Final = ("Deployment", "StatefulSet", "ReplicaSet", "Rollout")
_QUOTA: Final = "ResourceQuota"


def files(sources: Sources) -> Iterator[str]:
    return (path for path in sources.ending(".yaml", ".yml") if _pods(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for quota in _pods(sources, path):
        pods, namespace = quota.at("spec", "hard", "pods"), quota.at("metadata", "namespace").text
        counts = [_count(sources, one, namespace) for one in _users(sources).get(path, ())]
        count = max(counts, default=0)
        given = whole(pods.text)
        if given is not None and count and given < count + 1:
            message = f"a quota of {pods.text} pods has no room for a release of the {count} workloads beside it"
            yield at(pods, message, f"Write {count + 1} or more: every replica counts, of a rollout, too.")


def _pods(sources: Sources, path: str) -> list[Node]:
    """The quotas of a file, whole or a patch, that count pods."""
    found = yaml.parse(sources, path).documents if _QUOTA in text(sources, path) else ()
    return [one for one in found if one.at("kind").text == _QUOTA and one.at("spec", "hard", "pods")]


@shared
def _used(sources: Sources, kustomization: str) -> frozenset[str]:
    """The files and kustomizations that a kustomization names itself."""
    root = kubernetes.kustomizations(sources)[kustomization]
    names = [entry.text for key in ("resources", "bases", "components") for entry in root.at(key).items]
    names += [entry.at("path").text for entry in root.at("patches").items]
    names += [entry.text for entry in root.at("patchesStrategicMerge").items]
    places = {join(folder(kustomization), entry) for entry in names if entry and "\n" not in entry}
    return frozenset(places | {f"{place}/{name}" for place in places for name in KUSTOMIZATIONS}) & sources.tree.keys()


@shared
def _users(sources: Sources) -> Mapping[str, list[str]]:
    """The kustomizations that name a file themselves, by file."""
    found: dict[str, list[str]] = {}
    for kustomization in kubernetes.kustomizations(sources):
        for path in _used(sources, kustomization):
            found.setdefault(path, []).append(kustomization)
    return found


@shared
def _reached(sources: Sources, kustomization: str) -> frozenset[str]:
    """All files that a kustomization applies."""
    found: set[str] = set()
    waiting = [kustomization]
    while waiting:
        for path in _used(sources, waiting.pop()) - found:
            found.add(path)
            if kubernetes.is_kustomization(path):
                waiting.append(path)
    return frozenset(found)


def _count(sources: Sources, kustomization: str, namespace: str) -> int:
    """The workloads that run beside a quota."""
    reached = _reached(sources, kustomization)
    beside = (one for path in reached for one in kubernetes.in_file(sources, path, *_RUNNING))
    return sum(1 for one in beside if _is_in(one, namespace))


def _is_in(one: Manifest, namespace: str) -> bool:
    own = one.node.at("metadata", "namespace").text
    return one.node.at("spec", "replicas").text != "0" and (not own or not namespace or own == namespace)
