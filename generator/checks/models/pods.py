"""Pods as clusters get them: the workloads, each in all its forms, and what holds for their containers."""

from __future__ import annotations

import re
from typing import Final

from generator.checks.formats.numbers import whole
from generator.checks.formats.yaml import Node
from generator.checks.models import built_forms, kubernetes
from generator.checks.models.built_forms import Forms
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kustomize_selecting import Built
from generator.checks.source import Sources, shared

SECURITY: Final = "securityContext"
GRACE: Final = 30
"""Seconds that a pod has to end where it says nothing."""


@shared
def workloads(sources: Sources) -> tuple[Forms, ...]:
    """The objects that make pods with containers, as all that is applied makes them."""
    every = (
        tuple((group, one) for group, one in forms if _has_containers(one.manifest))
        for forms in built_forms.of_kind(sources, *kubernetes.WORKLOADS)
    )
    return tuple(forms for forms in every if forms)


def files(sources: Sources) -> list[str]:
    """The files with workloads, and those that may set something of them."""
    return built_forms.files(sources, *kubernetes.WORKLOADS)


def label(workload: Manifest) -> str:
    """How messages name a workload."""
    return f"{workload.kind} {workload.name or workload.node.at('metadata', 'generateName').text}"


def effective(workload: Manifest, container: Node, key: str) -> Node:
    """A setting of the security context that holds for a container: its own, or that of its pod."""
    return container.at(SECURITY, key) or workload.pod.at("spec", SECURITY, key)


def containers(one: Built, *, lasting: bool = False) -> list[Node]:
    """The containers of a workload, without those that only start if they are to be `lasting`; its own file's first."""
    found = one.manifest.pod.at("spec", "containers").items if lasting else one.manifest.containers
    return sorted(found, key=lambda container: one.is_set(container.key("name")))


def place(one: Built, holder: Node, *way: str) -> Node:
    """Where something is missing: the last key of a way that stands in the workload's own file, else what holds it."""
    found = holder.key("name")
    for key in way:
        if not holder.at(key) or one.is_set(holder.key(key)):
            break
        found, holder = holder.key(key), holder.at(key)
    return found


def grace(workload: Manifest) -> int | None:
    """Seconds between the moment when a pod is told to go and its end; None where that is put in later."""
    given = workload.pod.at("spec", "terminationGracePeriodSeconds")
    return whole(given.text) if given else GRACE


def pause(workload: Manifest) -> int:
    """Seconds that a pod waits before it stops: the longest pause of its containers."""
    return max((waits(one.at("lifecycle", "preStop")) or 0 for one in workload.containers), default=0)


def waits(before: Node) -> int | None:
    """How many seconds a `preStop` hook sleeps; None where it does something else."""
    seconds = whole(before.at("sleep", "seconds").text)
    words = " ".join(one.text for one in before.at("exec", "command").items)
    slept = re.search(r"(?:^|[\s;&/])sleep\s+(\d{1,6})s?(?![\w.])", words)
    return seconds if seconds is not None else int(slept[1]) if slept else None


def _has_containers(workload: Manifest) -> bool:
    """Whether there is something to judge: on Windows other settings count."""
    spec = workload.pod.at("spec")
    windows = "windows" in (spec.at("os", "name").text, spec.at("nodeSelector", "kubernetes.io/os").text)
    return bool(spec.at("containers").items) and not windows
