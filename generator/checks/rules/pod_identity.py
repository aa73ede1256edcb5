"""The service accounts that get roles of the cloud are those that pods run as

A role that waits for an account `external-dns` is no use to a chart that runs as `external-dns-2`: the controller
starts, and AWS refuses its first call. Compared are the names that Terraform gives roles to (`service_account`) with
the accounts of manifests, of charts that Terraform installs, and of the add-ons of EKS. In a repository that was not
generated, charts may come from elsewhere: there only a name that looks like a misspelt one is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Body
from generator.checks.models import kubernetes
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, shared, text
from generator.spelling import closest

FORMAT = Format.TERRAFORM

_ADD_ONS: Final = {
    "adot-collector", "amazon-cloudwatch-observability-controller-manager", "aws-node", "cloudwatch-agent", "coredns",
    "default", "ebs-csi-controller-sa", "ebs-csi-node-sa", "efs-csi-controller-sa", "efs-csi-node-sa", "kube-proxy",
    "fsx-csi-controller-sa", "s3-csi-driver-sa", "snapshot-controller",
}  # fmt: skip
"""Accounts that the add-ons of EKS make."""
_IN_TERRAFORM: Final = (
    re.compile(r"serviceAccount\w*\s*=\s*\{[^{}]{0,200}?\bname\s*=\s*\"([\w.-]+)\""),
    re.compile(r"serviceAccount\w*\.name\"?\s{0,20}value\s{0,20}=\s{0,20}\"([\w.-]+)\""),
    re.compile(
        r"kubernetes_service_account(?:_v1)?\"[^{]{0,80}\{\s*metadata\s*\{[^}]{0,200}?\bname\s*=\s*\"([\w.-]+)\""
    ),
)
"""Accounts of charts and of objects that Terraform makes."""
_ALIKE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Account:
    """The name of a service account in Terraform."""

    path: str
    name: str
    line: int
    column: int


def files(sources: Sources) -> Iterator[str]:
    if _made(sources):
        yield from dict.fromkeys(account.path for account in _wanted(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    made = _made(sources) | _ADD_ONS
    for account in _wanted(sources):
        misspelt = closest(account.name, sorted(made), _ALIKE)
        if account.path == path and account.name not in made and (misspelt or is_ours(sources)):
            message = f"no pod runs as the service account {account.name}"
            fix = f"Write the `serviceAccountName` of the pods, or add a ServiceAccount {account.name}."
            yield at(account, message, fix, did_you_mean(account.name, made))


@shared
def _wanted(sources: Sources) -> tuple[Account, ...]:
    """The accounts that get a role, as far as their names are plain text."""
    found = []
    for path in sources.ending(".tf"):
        if "service_account" in text(sources, path):
            found += [Account(path, name, *hcl.place(node)) for name, node in _named(hcl.parse(sources, path).body)]
    return tuple(found)


def _named(body: Body, block: str = "") -> Iterator[tuple[str, Any]]:
    for argument in body.arguments:
        if argument.name == "service_account" and block == "aws_eks_pod_identity_association":
            yield from _plain(argument.value)
        elif "service_account" in hcl.word(argument.value) and block in ("", "locals", "module"):
            yield from _in_objects(argument.value)
    for inner in body.blocks:
        kind = inner.labels[0] if inner.type == "resource" and inner.labels else inner.type
        yield from _named(inner.body, kind)


def _in_objects(node: Any) -> Iterator[tuple[str, Any]]:
    """The accounts in maps that name a namespace as well."""
    if node.type == "object":
        given = {key: value for key, _, value in hcl.entries(node)}
        if {"service_account", "namespace"} <= given.keys():
            yield from _plain(given["service_account"])
    for child in node.named_children:
        yield from _in_objects(child)


def _plain(node: Any) -> Iterator[tuple[str, Any]]:
    name = hcl.literal(node)
    if name and hcl.unwrap(node).type == "string_lit":
        yield name, node


@shared
def _made(sources: Sources) -> frozenset[str]:
    """The accounts of manifests, and of charts and objects that Terraform installs."""
    found = {one.name for one in kubernetes.of_kind(sources, "ServiceAccount")}
    for path in sources.ending(".tf"):
        said = text(sources, path)
        if "serviceAccount" in said or "kubernetes_service_account" in said:
            found |= {name for pattern in _IN_TERRAFORM for name in pattern.findall(said)}
    return frozenset(found)
