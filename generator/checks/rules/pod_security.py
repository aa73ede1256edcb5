"""Namespaces refuse pods that ask for too much

Without `pod-security.kubernetes.io/enforce` a namespace takes any pod: what no pod does today, the next
one may. Label it `restricted`, or `baseline`; `privileged` is for a namespace whose pods must see their
node. A repository without such a label hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.checks.models import kubernetes, pods
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.rule import Format
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_LABEL = "pod-security.kubernetes.io/enforce"


def files(sources: Sources) -> Iterable[str]:
    return kubernetes.files_of(sources, "Namespace")


@habit_rule(f"Write `{_LABEL}: restricted`.")
def check(sources: Sources) -> Iterator[Lapse | None]:
    for one in kubernetes.of_kind(sources, "Namespace"):
        profile = one.node.at("metadata", "labels", _LABEL)
        if profile.text in ("restricted", "baseline") or one.name in _seeing(sources):
            yield None
        elif profile:
            yield lapse(one.path, profile, f"Namespace {one.name} takes every pod: {profile.text}")
        else:
            message = f"Namespace {one.name} takes every pod: it has no label {_LABEL}"
            yield lapse(one.path, one.node.key("kind"), message)


@shared
def _seeing(sources: Sources) -> frozenset[str]:
    """The namespaces with pods that must see their node."""
    found = set()
    for workload in pods.workloads(sources):
        spec = workload.pod.at("spec")
        host = spec.at("hostNetwork").text == "true" or any(one.at("hostPath") for one in spec.at("volumes").items)
        if host or any(one.at(pods.SECURITY, "privileged").text == "true" for one in workload.containers):
            found.add(workload.node.at("metadata", "namespace").text)
    return frozenset(found - {""})
