"""Namespaces that objects name exist

The API server refuses an object of a namespace that is not there. A policy, a Gateway or a store of secrets that lets
such a namespace in lets nobody in, and says nothing. Make the namespace (a `Namespace` object, or a script's
`kubectl create namespace`), or correct the name. A repository without any Namespace has them elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, release_table
from generator.checks.models.habits import habit
from generator.checks.models.kubernetes_world import is_made, missing
from generator.checks.models.kustomize_build import scope
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean, one_of
from generator.checks.source import Sources, lines

FORMAT = Format.KUBERNETES

_SCRIPTS = re.compile(r"(?:export )?RELEASE_NAMESPACE=([a-z0-9-]+)")
_TOLD = (b'"application_namespace"', b"argo_rollouts = {")
_BUILT_IN = ("default", "kube-system", "kube-public", "kube-node-lease")
_NAME = "kubernetes.io/metadata.name"
_SELECT = ("NetworkPolicy", "Gateway", "ClusterSecretStore", "ClusterExternalSecret")


def files(sources: Sources) -> Iterator[str]:
    if kubernetes.names_of(sources, "Namespace"):
        yield from dict.fromkeys((*kubernetes.by_path(sources), *kubernetes.kustomizations(sources)))
        if release_table.PLATFORM in sources.tree:
            yield release_table.PLATFORM
        yield from (path for path in sources.ending(".tf") if is_ours(sources) and list(_of_terraform(sources, path)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = kubernetes.names_of(sources, "Namespace")
    if path == release_table.PLATFORM:
        for number, line in enumerate(lines(sources, path), 1):
            match = _SCRIPTS.fullmatch(line)
            if match and not is_made(sources, "Namespace", match[1]):
                message = f"the scripts look into the namespace {match[1]}, which is not there"
                yield at(Point(number, match.start(1) + 1), message, one_of(known), did_you_mean(match[1], known))
        return
    for (row, column), what, given in _of_terraform(sources, path) if path.endswith(".tf") else ():
        if given not in known:
            near = did_you_mean(given, known)
            yield at(Point(row, column), f"{what} is {given}, a namespace that is not there", one_of(known), near)
    for what, name in (*_kustomization(sources, path), *_objects(sources, path)):
        # A word such as `undeployed` stands for what a script puts there.
        later = kubernetes.is_put_in_later(name.text) or "undeployed" in name.text
        if name.text and name.text not in _BUILT_IN and not later and not is_made(sources, "Namespace", name.text):
            message = f"{what}: there is no namespace {name.text}"
            fix = f"Add a Namespace {name.text}, or name one that is there."
            for flaw in missing(sources, at(name, message, fix, did_you_mean(name.text, known))):
                yield habit(flaw)


def _of_terraform(sources: Sources, path: str) -> Iterator[tuple[tuple[int, int], str, str]]:
    """Where Terraform is told the namespace of the services: whose accounts get roles, whose releases are watched."""
    content = sources.tree[path].content
    for block in hcl.parse(sources, path).body.blocks if any(word in content for word in _TOLD) else ():
        given = (
            block.body.get("default") if block.type == "variable" and block.name == "application_namespace" else None
        )
        if given and given.literal:
            yield hcl.place(given.value), "application_namespace", given.literal
        watched = block.body.get("argo_rollouts") if block.type == "locals" else None
        for key, _, value in hcl.entries(watched.value) if watched else ():
            literal = hcl.literal(value)
            if key == "namespace" and literal:
                yield hcl.place(value), "what Argo Rollouts watches", literal


def _kustomization(sources: Sources, path: str) -> Iterator[tuple[str, Node]]:
    root = kubernetes.kustomizations(sources).get(path)
    # Kustomize gives a Namespace that is among the objects the same name.
    if root and (is_ours(sources) or not scope(sources, path).kinds("Namespace")):
        yield "kustomization", root.at("namespace")


def _objects(sources: Sources, path: str) -> Iterator[tuple[str, Node]]:
    for one in kubernetes.by_path(sources).get(path, []):
        what = f"{one.kind} {one.name}"
        yield what, one.node.at("metadata", "namespace")
        for selector in _selectors(one.node.at("spec")) if one.kind in _SELECT else ():
            yield what, selector.at("matchLabels", _NAME)
            for term in selector.at("matchExpressions").items:
                if term.at("key").text == _NAME and term.at("operator").text == "In":
                    yield from ((what, value) for value in term.at("values").items)
        for condition in one.node.at("spec", "conditions").items if one.kind == "ClusterSecretStore" else ():
            yield from ((what, name) for name in condition.at("namespaces").items)


def _selectors(spec: Node) -> Iterator[Node]:
    for way, peers in (("ingress", "from"), ("egress", "to")):
        yield from (peer.at("namespaceSelector") for rule in spec.at(way).items for peer in rule.at(peers).items)
    yield from (one.at("allowedRoutes", "namespaces", "selector") for one in spec.at("listeners").items)
    yield from (one.at("namespaceSelector") for one in spec.at("conditions").items)
