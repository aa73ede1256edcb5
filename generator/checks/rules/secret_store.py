"""ExternalSecrets ask a store that exists

An ExternalSecret of a store that is not there never makes its Secret, and no pod that needs it starts. Correct the
name or the kind (`SecretStore` is one of the namespace, `ClusterSecretStore` one of the cluster). A repository
without any store of the kind has it elsewhere. A store of the cluster that has `conditions` answers the namespaces
alone that one of these lets in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import built_forms, kubernetes
from generator.checks.models.habits import Told
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kubernetes_world import absent, missing
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_OF_CLUSTER: Final = "ClusterSecretStore"
_KINDS: Final = ("ExternalSecret", "PushSecret")
_THERE: Final = ("Exists", "In")
"""Operators that want a label to be there."""


def files(sources: Sources) -> list[str]:
    return sorted({*kubernetes.files_of(sources, *_KINDS), *built_forms.files(sources, _OF_CLUSTER)})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in kubernetes.in_file(sources, path, *_KINDS):
        for store in _stores(one):
            kind, name = store.at("kind").text or "SecretStore", store.at("name")
            known = kubernetes.names_of(sources, kind)
            if name.text in known or not name or kubernetes.is_put_in_later(name.text):
                continue
            if known or is_ours(sources):
                yield from missing(sources, absent(one, kind, name, known), sure=False)

    yield from _refused(sources).get(path, [])


@shared
def _refused(sources: Sources) -> Told:
    return built_forms.told(built_forms.of_kind(sources, _OF_CLUSTER), partial(_shut, sources))


def _shut(sources: Sources, _: Applied, store: Built) -> Iterator[tuple[str, Flaw]]:
    """The namespaces that a store lets in by none of its conditions, and that ask it."""
    conditions = store.manifest.node.at("spec", "conditions")
    lets = [_lets(sources, one) for one in conditions.items]
    for namespace, asking in _asking(sources, store.manifest.name).items() if lets and not store.unclear else ():
        if not any(let(namespace) for let in lets):
            message = f"{_OF_CLUSTER} {store.manifest.name} does not let {namespace} in, from where {asking} asks it"
            yield (
                store.file_of(conditions),
                at(conditions, message, f"Add {namespace} to the `namespaces` of a condition."),
            )


@shared
def _asking(sources: Sources, store: str) -> dict[str, str]:
    """The namespaces that the tree makes and that ask a store of the cluster, each with one that does."""
    found: dict[str, str] = {}
    for forms in built_forms.of_kind(sources, *_KINDS):
        for _, one in forms:
            asked = {(it.at("kind").text, it.at("name").text) for it in _stores(one.manifest)}
            if (_OF_CLUSTER, store) in asked and one.namespace in _labels(sources):
                found.setdefault(one.namespace, f"{one.manifest.kind} {one.manifest.name} ({one.source.path})")
    return found


@shared
def _labels(sources: Sources) -> dict[str, tuple[dict[str, str], ...]]:
    """The labels of each namespace that the tree makes, in all its forms."""
    found: dict[str, tuple[dict[str, str], ...]] = {}
    for forms in built_forms.of_kind(sources, "Namespace"):
        for _, one in forms:
            own = kubernetes.labels(one.manifest.node.at("metadata", "labels"))
            found[one.manifest.name] = (*found.get(one.manifest.name, ()), own)
    return found


def _lets(sources: Sources, condition: Node) -> Callable[[str], bool]:
    """Whether a condition lets a namespace in; one that may do so does."""
    names = {one.text for one in condition.at("namespaces").items}
    every = condition.at("namespaceSelector")
    wanted = kubernetes.labels(every.at("matchLabels"))
    present = [one.at("key").text for one in every.at("matchExpressions").items if one.at("operator").text in _THERE]

    def by_labels(namespace: str) -> bool:
        forms = _labels(sources).get(namespace, ({},))
        return any(wanted.items() <= own.items() and own.keys() >= {*present} for own in forms)

    if condition.at("namespaceRegexes") or any(kubernetes.is_put_in_later(one) for one in names):
        return lambda _: True
    return lambda namespace: namespace in names or (bool(every) and by_labels(namespace))


def _stores(one: Manifest) -> Iterator[Node]:
    spec = one.node.at("spec")
    yield spec.at("secretStoreRef")
    yield from spec.at("secretStoreRefs").items
    for entry in (*spec.at("data").items, *spec.at("dataFrom").items):
        yield entry.at("sourceRef", "storeRef")
