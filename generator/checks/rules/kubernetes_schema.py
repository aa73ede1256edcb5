"""Kubernetes objects fit the schema of the cluster's version

The API server refuses unknown fields and wrong types, or worse, an older one drops them silently.
Every object is judged by the strict schema of the Kubernetes version that the repository chooses;
custom resources by the schema of their definition, where it is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import kubernetes
from generator.checks.models.kubernetes import Manifest
from generator.checks.rule import Flaw, Format, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    return iter(kubernetes.by_path(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    minor = kubernetes.cluster_version(sources)
    for manifest in kubernetes.by_path(sources)[path]:
        if kubernetes.built_in(manifest):
            schema = kubernetes.schema_of(manifest.type, minor)
            yield from schema.flaws(manifest.node) if schema else _unknown(manifest, minor)
        else:
            own = kubernetes.custom_schema(manifest.type)
            yield from own.flaws(manifest.node) if own else ()


def _unknown(manifest: Manifest, minor: str) -> Iterator[Flaw]:
    known = [kind for kind in kubernetes.api()["kinds"] if kubernetes.schema_of(kind, minor)]
    same = [kind for kind in known if kind.endswith(f"/{manifest.kind}")]
    near = f"; use {same[-1].rpartition('/')[0]}" if same else did_you_mean(manifest.type, known)
    message = f"Kubernetes {minor} has no {manifest.kind} in {manifest.api_version}{near}"
    yield Flaw(manifest.node.key_line("apiVersion"), message)
