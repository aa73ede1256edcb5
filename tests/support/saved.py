"""Releases that stories begin with: each is carried out once, and what it left is put there again for the stories after it."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.kubernetes_double import Cluster

_ITS_OWN = {"changes", "faults", "lock", "rules", "watchers"}
"""What of a cluster a story says, or asks: it is not put back."""
_WAY_IN = "kubeconfig"
"""What in the folder of the stand-in for `aws` is of one story alone."""


@dataclass(frozen=True)
class Saved:
    """What a release left: in the cluster, and in the registry."""

    cluster: dict[str, Any]
    registry: dict[str, bytes]


def saved(cluster: Cluster, aws: Path) -> Saved:
    """As it is now."""
    with cluster.lock:
        state = {name: value for name, value in vars(cluster).items() if name not in _ITS_OWN}
        return Saved(copy.deepcopy(state), dict(_files(aws)))


def restore(state: Saved, cluster: Cluster, aws: Path) -> None:
    """As if the release had just ended."""
    with cluster.lock:
        vars(cluster).update(copy.deepcopy(state.cluster))
    for name, content in state.registry.items():
        (aws / name).parent.mkdir(parents=True, exist_ok=True)
        (aws / name).write_bytes(content)


def before(cluster: Cluster, aws: Path, root: Path, environment: dict[str, str]) -> str:
    """Everything that decides what a release will leave, in one word."""
    with cluster.lock:
        state = {name: value for name, value in vars(cluster).items() if name not in _ITS_OWN}
        said = [repr(type(cluster)), _plain(state), repr(cluster.faults), repr(cluster.rules)]
    places = str(root.parent)
    said += [f"{name}={value.replace(places, '')}" for name, value in sorted(environment.items())]
    for folder in (root, aws):
        said += [f"{name} {hashlib.sha256(content).hexdigest()}" for name, content in _files(folder) if name != "calls"]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _plain(state: dict[str, Any]) -> str:
    texts = {
        name: {repr(key): one for key, one in value.items()} if isinstance(value, dict) else value
        for name, value in state.items()
    }
    return json.dumps(texts, sort_keys=True, default=repr)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != _WAY_IN:
            yield str(path.relative_to(folder)), path.read_bytes()
