"""Volumes that containers mount are volumes of their pod

The API server refuses a workload with a container that mounts a volume which the pod does not have. Add the volume
under `volumes` (or `volumeClaimTemplates`), or correct the name. Volumes that patches add count.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import kubernetes, kustomize
from generator.checks.models.kubernetes import Manifest
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *kubernetes.WORKLOADS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in kubernetes.in_file(sources, path, *kubernetes.WORKLOADS):
        for container in workload.containers:
            for field in ("volumeMounts", "volumeDevices"):
                for mount in container.at(field).items:
                    name, known = mount.at("name"), _volumes(workload) | patched(sources)
                    if name.text and name.text not in known and not kubernetes.is_put_in_later(name.text):
                        message = f"{workload.kind} {workload.name} has no volume {name.text}"
                        fix = f"Add a volume with `name: {name.text}` to the pod, or mount one that it has."
                        yield at(name, message, fix, did_you_mean(name.text, _volumes(workload)))


def _volumes(workload: Manifest) -> set[str]:
    spec = workload.node.at("spec")
    own = {volume.at("name").text for volume in workload.pod.at("spec", "volumes").items}
    return own | {claim.at("metadata", "name").text for claim in spec.at("volumeClaimTemplates").items}


@shared
def patched(sources: Sources) -> frozenset[str]:
    """The names in patches that speak of volumes."""
    documents = [patch.document for entries in kustomize.patch_files(sources).values() for _, patch in entries]
    found = set()
    for document in documents:
        for node in document.walk():
            claims = [claim.at("metadata", "name").text for claim in node.at("volumeClaimTemplates").items]
            found |= {volume.at("name").text for volume in node.at("volumes").items} | set(claims)
        for operation in document.items:
            if "olume" in operation.at("path").text:
                found |= {node.at("name").text for node in operation.at("value").walk()}
    return frozenset(found)
