"""The service accounts that Terraform gives roles of the cloud to, and those that charts and manifests bring."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Body
from generator.checks.models import kubernetes
from generator.checks.models.terraform import modules
from generator.checks.models.terraform_settings import Resource, of
from generator.checks.source import Sources, folder, shared, text

ADD_ONS: Final = {
    "adot-collector", "amazon-cloudwatch-observability-controller-manager", "aws-node", "cloudwatch-agent", "coredns",
    "default", "ebs-csi-controller-sa", "ebs-csi-node-sa", "efs-csi-controller-sa", "efs-csi-node-sa", "kube-proxy",
    "fsx-csi-controller-sa", "s3-csi-driver-sa", "snapshot-controller",
}  # fmt: skip
"""Accounts that the add-ons of EKS make."""
_OF_SYSTEM: Final = ("aws-node", "coredns", "ebs-csi-controller-sa", "ebs-csi-node-sa", "kube-proxy")
"""Those that are in `kube-system`."""
_IN_CHARTS: Final = (
    re.compile(r"serviceAccount\w*\s*=\s*\{[^{}]{0,200}?\bname\s*=\s*\"([\w.-]+)\""),
    re.compile(r"serviceAccount\w*\.name\"?\s{0,20}value\s{0,20}=\s{0,20}\"([\w.-]+)\""),
)
_OBJECT: Final = re.compile(
    r"kubernetes_service_account(?:_v1)?\"[^{]{0,80}\{\s*metadata\s*\{[^}]{0,200}?\bname\s*=\s*\"([\w.-]+)\""
)
_NAMESPACE: Final = re.compile(r"\b(kubernetes_namespace(?:_v1)?)\.(\w+)\.")


@dataclass(frozen=True, slots=True)
class Account:
    """A service account that gets a role, as far as it is plain text."""

    path: str
    name: str
    line: int
    column: int
    namespace: str
    """"" where it is no plain text."""
    at_namespace: tuple[int, int]
    """Line and column of the namespace."""
    key: str
    """What it is called in the map that it stands in; "" where it stands in none."""


@shared
def wanted(sources: Sources) -> tuple[Account, ...]:
    """The accounts that get a role, as far as their names are plain text."""
    found: list[Account] = []
    for path in sources.ending(".tf"):
        if "service_account" in text(sources, path):
            found += _named(path, hcl.parse(sources, path).body)
    return tuple(found)


def _named(path: str, body: Body, block: str = "") -> Iterator[Account]:
    given = {argument.name: argument.value for argument in body.arguments}
    if block == "aws_eks_pod_identity_association" and "service_account" in given:
        yield from _account(path, given, "")
    for value in given.values() if block in ("", "locals", "module") else ():
        if "service_account" in hcl.word(value):
            yield from _in_objects(path, value, "")
    for inner in body.blocks:
        kind = inner.labels[0] if inner.type == "resource" and inner.labels else inner.type
        yield from _named(path, inner.body, kind)


def _in_objects(path: str, node: Any, key: str) -> Iterator[Account]:
    """The accounts in maps that name a namespace as well."""
    if node.type == "object":
        given = {name or "": value for name, _, value in hcl.entries(node)}
        if {"service_account", "namespace"} <= given.keys():
            yield from _account(path, given, key)
        for name, value in given.items():
            yield from _in_objects(path, value, name)
        return
    for child in node.named_children:
        yield from _in_objects(path, child, key)


def _account(path: str, given: dict[str, Any], key: str) -> Iterator[Account]:
    name, place = _plain(given["service_account"])
    namespace, where = _plain(given["namespace"]) if "namespace" in given else ("", (0, 0))
    if name:
        yield Account(path, name, *place, namespace, where, key)


def _plain(node: Any) -> tuple[str, tuple[int, int]]:
    name = hcl.literal(node)
    return (name if name and hcl.unwrap(node).type == "string_lit" else ""), hcl.place(node)


@shared
def made(sources: Sources) -> frozenset[str]:
    """The accounts of manifests, and of charts and objects that Terraform installs."""
    found = {one.name for one in kubernetes.of_kind(sources, "ServiceAccount")}
    for path in sources.ending(".tf"):
        said = text(sources, path)
        if "serviceAccount" in said or "kubernetes_service_account" in said:
            found |= {name for pattern in (*_IN_CHARTS, _OBJECT) for name in pattern.findall(said)}
    return frozenset(found)


@shared
def namespaces(sources: Sources) -> dict[str, frozenset[str]]:
    """The namespaces of accounts that nothing but charts of the tree, or add-ons, bring; "" for one that is unknown."""
    others = {one.name for one in kubernetes.of_kind(sources, "ServiceAccount")}
    found: dict[str, set[str]] = {name: {"kube-system"} for name in _OF_SYSTEM}
    for path in sources.ending(".tf"):
        others |= set(_OBJECT.findall(text(sources, path)))
    for release in of(sources, "helm_release"):
        said = "\n".join(_words(release.body))
        for name in (name for pattern in _IN_CHARTS for name in pattern.findall(said)):
            found.setdefault(name, set()).add(_namespace(sources, release))
    return {name: frozenset(those) for name, those in found.items() if name not in others}


def _words(body: Body) -> Iterator[str]:
    yield from (hcl.word(argument.value) for argument in body.arguments)
    for block in body.blocks:
        yield "\n".join(f"{argument.name} = {hcl.word(argument.value)}" for argument in block.body.arguments)


def _namespace(sources: Sources, release: Resource) -> str:
    """The namespace of a release; "" where it is not known."""
    given = release.body.get("namespace")
    if given is None:
        return "default"
    reference = _NAMESPACE.search(hcl.word(given.value))
    module = modules(sources).get(folder(release.path))
    made_by = module.objects.get(("resource", reference[1], reference[2])) if module and reference else None
    for metadata in made_by.body.of("metadata") if made_by else ():
        given = metadata.body.get("name") or given
    return given.literal or ""
