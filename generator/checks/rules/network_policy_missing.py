"""Each workload has a NetworkPolicy of its own, and each namespace one that denies the rest

Where no policy names a pod, every pod of the cluster may speak to it; where a namespace has no policy
that takes all its pods and allows nothing, whoever breaks into one service reaches everything. A tree
without any NetworkPolicy keeps them elsewhere, and is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.checks.formats.yaml import Node
from generator.checks.models import availability, built_forms, kubernetes, pods
from generator.checks.models.habits import Lapse, Told, by_file, habit_rule, lapse
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kustomize_build import Applied, world
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES


files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _own(sources, path)
    yield from _denying(sources).get(path, [])


@habit_rule()
def _own(sources: Sources) -> Iterator[Lapse | None]:
    """What is told of workloads that no policy names."""
    serving = (forms for forms in pods.workloads(sources) if forms[0][1].manifest.kind in kubernetes.SERVING)
    if kubernetes.of_kind(sources, "NetworkPolicy"):
        yield from built_forms.places(serving, partial(_unnamed, sources))


def _unnamed(sources: Sources, group: Applied, one: Built) -> Iterator[Lapse | None]:
    if _narrow(sources, group.together).take(one.manifest):
        yield None
    else:
        message = f"no NetworkPolicy names the pods of {pods.label(one.manifest)}"
        labels = kubernetes.labels(one.manifest.pod.at("metadata", "labels"))
        taken = ", ".join(f"{key}: {value}" for key, value in labels.items())
        fix = f"Add a NetworkPolicy with `podSelector: {{matchLabels: {{{taken}}}}}` that says who may speak to it."
        yield built_forms.lapsed(one, one.manifest.node.at("metadata", "name"), message, fix)


@shared
def _narrow(sources: Sources, path: str) -> availability.Labels:
    """The labels that policies beside what is applied at a path ask for."""
    policies = (one.manifest.node.at("spec") for one in built_forms.beside(sources, path, "NetworkPolicy"))
    return availability.selectors(
        one.at("podSelector") for one in policies if one.at("podSelector").map and _is_inward(one)
    )


def _is_inward(spec: Node) -> bool:
    types = [one.text for one in spec.at("policyTypes").items]
    return not types or "Ingress" in types


@shared
def _denying(sources: Sources) -> Told:
    """What is told of kustomizations that fill a namespace, and bring no policy that denies."""
    lapses: list[Lapse] = []
    for path, objects in _filled(sources):
        if any(_denies(one) for one in objects):
            continue
        if any(one.kind == "NetworkPolicy" for one in objects):
            root = kubernetes.kustomizations(sources)[path]
            message = f"namespace {root.at('namespace').text} has policies, and none that denies what they do not allow"
            lapses.append(lapse(path, root.key("namespace"), message))
    return by_file(lapses, "Add a policy with `podSelector: {}` and both `policyTypes`.")


def _filled(sources: Sources) -> Iterator[tuple[str, list[Manifest]]]:
    """The objects of each kustomization with a `namespace` and workloads, where none that it uses names one already."""
    for path, build in world(sources).builds.items():
        if kubernetes.kustomizations(sources)[path].at("namespace").text:
            objects = [one.manifest for one in build.objects]
            first = all(len(one.namespaces) == len(("written", "here")) for one in build.objects)
            if first and any(one.kind in kubernetes.WORKLOADS for one in objects):
                yield path, objects


def _denies(policy: Manifest) -> bool:
    """Whether a policy takes every pod and allows nothing from outside."""
    spec = policy.node.at("spec")
    everyone = policy.kind == "NetworkPolicy" and not spec.at("podSelector").map
    return everyone and _is_inward(spec) and not spec.at("ingress").items
