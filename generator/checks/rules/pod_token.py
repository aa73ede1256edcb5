"""Pods have no token of the cluster that they do not use

Kubernetes puts a token for the API server into every pod. A service that never asks the API server
only keeps it for whoever breaks in. Write `automountServiceAccountToken: false` in the pod or its
ServiceAccount, but for those whose account has a role. A repository that says so nowhere hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from generator.checks.models import built_forms, kubernetes, pods
from generator.checks.models.habits import Lapse, habit_rule
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Format
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_KEY = "automountServiceAccountToken"

files = pods.files


@habit_rule(f"Write `{_KEY}: false`.")
def check(sources: Sources) -> Iterator[Lapse | None]:
    return built_forms.places(pods.workloads(sources), partial(_has, sources))


def _has(sources: Sources, group: Applied, one: Built) -> Iterator[Lapse | None]:
    spec = one.manifest.pod.at("spec")
    account = spec.at("serviceAccountName").text or spec.at("serviceAccount").text or "default"
    said = spec.at(_KEY)
    if said.text == "false" or (not said and account in _without_token(sources, group.together)):
        yield None
    elif account not in _with_role(sources):
        message = f"{pods.label(one.manifest)} has a token of the cluster, and no role that it is for"
        place = built_forms.where(one, spec, _KEY if said else "serviceAccountName")
        yield built_forms.lapsed(one, place, message)


@shared
def _without_token(sources: Sources, path: str) -> frozenset[str]:
    """The accounts beside what is applied at a path that give no token."""
    accounts = built_forms.beside(sources, path, "ServiceAccount")
    return frozenset(one.manifest.name for one in accounts if one.manifest.node.at(_KEY).text == "false")


@shared
def _with_role(sources: Sources) -> frozenset[str]:
    """The accounts that some binding of the tree names."""
    bindings = kubernetes.of_kind(sources, "RoleBinding", "ClusterRoleBinding")
    subjects = [subject for one in bindings for subject in one.node.at("subjects").items]
    return frozenset(one.at("name").text for one in subjects if one.at("kind").text == "ServiceAccount")
