"""Services are not put on the internet without a certificate

A Service of the type LoadBalancer gets a load balancer of its own, open to everybody, with neither a
certificate nor a log. Lead to it by a Gateway or an Ingress and write `type: ClusterIP`; or say in its
annotations that it is internal, or which certificate it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.models import kubernetes
from generator.checks.models.habits import habit
from generator.checks.models.kubernetes import Manifest
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_SAID: Final = re.compile(
    r"internal|ssl|tls|cert|scheme|load-balancer-type|load-balancer-ip|metallb|lbipam|cilium|kube-vip"
)


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, "Service")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for service in kubernetes.in_file(sources, path, "Service"):
        kind = service.node.at("spec", "type")
        if kind.text == "LoadBalancer" and not _is_meant(service):
            message = f"Service {service.name} gets a load balancer that is open to everybody, without a certificate"
            yield habit(at(kind, message, "Write `type: ClusterIP`, and lead to it by a route."))


def _is_meant(service: Manifest) -> bool:
    """Whether the Service says more: who may call it, what it is called by, or that it speaks TLS itself."""
    spec = service.node.at("spec")
    if any(spec.at(key) for key in ("loadBalancerSourceRanges", "loadBalancerClass", "loadBalancerIP")):
        return True
    encrypted = any(one.at("port").text in ("443", "8443") for one in spec.at("ports").items)
    return encrypted or any(_SAID.search(key) for key in service.node.at("metadata", "annotations").map)
