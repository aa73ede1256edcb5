"""What objects need of other objects of their namespace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.kubernetes import Manifest

ROUTES: Final = ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute", "Ingress")
_ANNOTATION: Final = "use-annotation"
"""In place of a port: what stands for the Service is the name of an action, which an annotation describes."""
BY_HAND: Final = ("Secret", "PersistentVolumeClaim")
"""What is often made outside of a repository on purpose."""
SCALERS: Final = ("HorizontalPodAutoscaler", "ScaledObject")
"""What sets the number of a workload's pods."""


def of(one: Manifest) -> Iterator[tuple[str, str]]:
    """(kind, name) of what an object cannot do without."""
    if one.kind in kubernetes.WORKLOADS:
        yield from ((kind, name.text) for kind, name, optional in of_pods(one) if optional != "true")
    elif one.kind in ROUTES:
        yield from (("Service", name.text) for name, *_ in of_route(one))
    elif one.kind in SCALERS:
        yield scaled(one)


def scaled(scaler: Manifest) -> tuple[str, str]:
    """Kind and name of the workload that an autoscaler is for."""
    target = scaler.node.at("spec", "scaleTargetRef") or scaler.node.at("spec", "targetRef")
    return target.at("kind").text or "Deployment", target.at("name").text


def of_route(route: Manifest) -> Iterator[tuple[Node, Node, str]]:
    """The Services that a route leads to: name, port, and the namespace where the route names one."""
    spec = route.node.at("spec")
    backends = [one.at("backend") for rule in spec.at("rules").items for one in rule.at("http", "paths").items]
    for one in (spec.at("defaultBackend"), *backends):
        service = one.at("service")
        port = service.at("port", "number") or service.at("port", "name")
        if service and port.text != _ANNOTATION:
            yield service.at("name"), port, ""
    for rule in spec.at("rules").items:
        for backend in rule.at("backendRefs").items:
            if backend.at("kind").text in ("", "Service"):
                yield backend.at("name"), backend.at("port"), backend.at("namespace").text


def of_pods(workload: Manifest) -> Iterator[tuple[str, Node, str]]:
    """What the pods of a workload need: kind, name, `true` where it may be missing."""
    spec = workload.pod.at("spec")
    for container in workload.containers:
        for source in container.at("envFrom").items:
            yield from _one("ConfigMap", source.at("configMapRef"), "name")
            yield from _one("Secret", source.at("secretRef"), "name")
        for variable in container.at("env").items:
            yield from _one("ConfigMap", variable.at("valueFrom", "configMapKeyRef"), "name")
            yield from _one("Secret", variable.at("valueFrom", "secretKeyRef"), "name")
    claims = workload.node.at("spec", "volumeClaimTemplates").items
    templates = {claim.at("metadata", "name").text for claim in claims}
    for volume in spec.at("volumes").items:
        yield from ((kind, name, node.at("optional").text) for kind, node, name in of_volume(volume))
        # The template of a claim takes the place of a volume of its name.
        if volume.at("name").text not in templates:
            yield from _one("PersistentVolumeClaim", volume.at("persistentVolumeClaim"), "claimName")
    for pull in spec.at("imagePullSecrets").items:
        yield from _one("Secret", pull, "name")
    if spec.at("serviceAccountName").text not in ("", "default"):
        yield from _one("ServiceAccount", spec, "serviceAccountName")


def of_volume(volume: Node) -> Iterator[tuple[str, Node, Node]]:
    """The ConfigMaps and Secrets that a volume is made of: kind, what the volume says of it, its name."""
    for one in (volume, *volume.at("projected", "sources").items):
        config, secret = one.at("configMap"), one.at("secret")
        yield from [("ConfigMap", config, config.at("name"))] if config else []
        yield from [("Secret", secret, secret.at("secretName" if one is volume else "name"))] if secret else []


def _one(kind: str, node: Node, key: str) -> Iterator[tuple[str, Node, str]]:
    if node:
        yield kind, node.at(key), node.at("optional").text
