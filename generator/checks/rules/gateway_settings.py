"""Settings of gateways and target groups belong to what exists

A load balancer whose class names settings that are not there has the usual ones: open to everybody, no log, an old
TLS policy. Settings of the targets of a Service that is not there are nobody's, and the load balancer asks the pods
for another path. Correct the name. Kinds of settings that the repository does not have at all are made elsewhere.
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

_TARGETS = "TargetGroupConfiguration"
_KINDS = ("GatewayClass", "Gateway", "IngressClass", "LoadBalancerConfiguration", _TARGETS, "TargetGroupBinding")


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *_KINDS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in kubernetes.in_file(sources, path, *_KINDS):
        for kind, name in _named(one):
            known = kubernetes.names_of(sources, kind)
            if not name.text or name.text in known or kubernetes.is_put_in_later(name.text):
                continue
            if known or is_ours(sources):
                yield from missing(sources, absent(one, kind, name, known))


def _named(one: Manifest) -> Iterator[tuple[str, Node]]:
    """(kind, name) of what an object's settings are, or what it is the settings of."""
    spec = one.node.at("spec")
    for reference in (spec.at("parametersRef"), spec.at("infrastructure", "parametersRef"), spec.at("parameters")):
        yield reference.at("kind").text, reference.at("name")
    yield _TARGETS, spec.at("defaultTargetGroupConfiguration", "name")
    if one.kind == _TARGETS:
        reference = spec.at("targetReference")
        yield reference.at("kind").text or "Service", reference.at("name")
    if one.kind == "TargetGroupBinding":
        yield "Service", spec.at("serviceRef", "name")
