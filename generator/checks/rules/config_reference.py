"""ConfigMaps, Secrets, accounts and claims that pods use exist

A pod that names a ConfigMap, Secret, ServiceAccount or volume claim that does not exist never
starts. A Secret counts as existing when an ExternalSecret of the repository makes it, and anything when
a script or a page of it does (`kubectl create secret`). Mark a reference that may be missing `optional: true`.
Where charts, operators or remote bases may make what is not there, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kubernetes_world import absent, is_made, missing
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_BY_HAND = ("Secret", "PersistentVolumeClaim")
"""What is often made outside of a repository on purpose."""


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *kubernetes.WORKLOADS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in kubernetes.in_file(sources, path, *kubernetes.WORKLOADS):
        for kind, name, optional in _used(workload):
            if name and optional != "true" and not is_made(sources, kind, name.text):
                flaw = absent(workload, kind, name, kubernetes.names_of(sources, kind))
                yield from missing(sources, flaw, sure=kind not in _BY_HAND)


def _used(workload: Manifest) -> Iterator[tuple[str, Node, str]]:
    """(kind, name, whether it may be missing)."""
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
        for one in (volume, *volume.at("projected", "sources").items):
            yield from _one("ConfigMap", one.at("configMap"), "name")
            yield from _one("Secret", one.at("secret"), "secretName" if one is volume else "name")
        # The template of a claim takes the place of a volume of its name.
        if volume.at("name").text not in templates:
            yield from _one("PersistentVolumeClaim", volume.at("persistentVolumeClaim"), "claimName")
    for pull in spec.at("imagePullSecrets").items:
        yield from _one("Secret", pull, "name")
    if spec.at("serviceAccountName").text not in ("", "default"):
        yield from _one("ServiceAccount", spec, "serviceAccountName")


def _one(kind: str, node: Node, key: str) -> Iterator[tuple[str, Node, str]]:
    if node:
        yield kind, node.at(key), node.at("optional").text
