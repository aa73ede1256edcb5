"""ExternalSecrets ask a store that exists

An ExternalSecret of a store that is not there never makes its Secret, and no pod that needs it starts. Correct the
name or the kind (`SecretStore` is one of the namespace, `ClusterSecretStore` one of the cluster). A repository
without any store of the kind has it elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kubernetes_world import absent, missing
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_KINDS = ("ExternalSecret", "PushSecret")


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *_KINDS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in kubernetes.in_file(sources, path, *_KINDS):
        for store in _stores(one):
            kind, name = store.at("kind").text or "SecretStore", store.at("name")
            known = kubernetes.names_of(sources, kind)
            if name.text in known or not name or kubernetes.is_put_in_later(name.text):
                continue
            if known or is_ours(sources):
                yield from missing(sources, absent(one, kind, name, known), sure=False)


def _stores(one: Manifest) -> Iterator[Node]:
    spec = one.node.at("spec")
    yield spec.at("secretStoreRef")
    yield from spec.at("secretStoreRefs").items
    for entry in (*spec.at("data").items, *spec.at("dataFrom").items):
        yield entry.at("sourceRef", "storeRef")
