"""Namespaces refuse pods that ask for too much

Without `pod-security.kubernetes.io/enforce` a namespace takes any pod: what no pod does today, the next
one may. Label it `restricted`, or `baseline`; `privileged` is for a namespace whose pods must see their
node. A repository without such a label hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.checks.models import built_forms, pods
from generator.checks.models.habits import Lapse, habit_rule
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Format
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_LABEL = "pod-security.kubernetes.io/enforce"


def files(sources: Sources) -> list[str]:
    return built_forms.files(sources, "Namespace")


@habit_rule(f"Write `{_LABEL}: restricted`.")
def check(sources: Sources) -> Iterator[Lapse | None]:
    return built_forms.places(built_forms.of_kind(sources, "Namespace"), partial(_takes, sources))


def _takes(sources: Sources, _: Applied, one: Built) -> Iterator[Lapse | None]:
    profile, name = one.manifest.node.at("metadata", "labels", _LABEL), one.manifest.name
    if profile.text in ("restricted", "baseline") or name in _seeing(sources):
        yield None
    elif profile:
        yield built_forms.lapsed(one, profile, f"Namespace {name} takes every pod: {profile.text}")
    else:
        message = f"Namespace {name} takes every pod: it has no label {_LABEL}"
        yield built_forms.lapsed(one, one.manifest.node.key("kind"), message)


@shared
def _seeing(sources: Sources) -> frozenset[str]:
    """The namespaces with pods that must see their node."""
    found: set[str] = set()
    for one in (one for forms in pods.workloads(sources) for _, one in forms):
        spec = one.manifest.pod.at("spec")
        host = spec.at("hostNetwork").text == "true" or any(each.at("hostPath") for each in spec.at("volumes").items)
        if host or any(each.at(pods.SECURITY, "privileged").text == "true" for each in one.manifest.containers):
            found.update(one.namespaces)
    return frozenset(found - {""})
