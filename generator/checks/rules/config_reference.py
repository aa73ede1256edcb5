"""ConfigMaps, Secrets, accounts and claims that pods use exist

A pod that names a ConfigMap, Secret, ServiceAccount or volume claim that does not exist never
starts. A Secret counts as existing when an ExternalSecret of the repository makes it, and anything when
a script or a page of it does (`kubectl create secret`). Mark a reference that may be missing `optional: true`.
Where charts, operators or remote bases may make what is not there, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import kubernetes, references
from generator.checks.models.kubernetes_world import absent, is_made, missing
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *kubernetes.WORKLOADS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in kubernetes.in_file(sources, path, *kubernetes.WORKLOADS):
        for kind, name, optional in references.of_pods(workload):
            if name and optional != "true" and not is_made(sources, kind, name.text):
                flaw = absent(workload, kind, name, kubernetes.names_of(sources, kind))
                yield from missing(sources, flaw, sure=kind not in references.BY_HAND)
