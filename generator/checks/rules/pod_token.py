"""Pods have no token of the cluster that they do not use

Kubernetes puts a token for the API server into every pod. A service that never asks the API server
only keeps it for whoever breaks in. Write `automountServiceAccountToken: false` in the pod or its
ServiceAccount, but for those whose account has a role. A repository that says so nowhere hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, pods
from generator.checks.models.habits import Lapse, habit, habit_rule, lapse
from generator.checks.models.kubernetes import Manifest
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_KEY = "automountServiceAccountToken"
_FIX = f"Write `{_KEY}: false`."

files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for setting in pods.patched(sources, path, {_KEY: ("true",)}):
        yield habit(at(setting, "this patch gives pods a token of the cluster", _FIX))
    yield from _found(sources, path)


@habit_rule(_FIX)
def _found(sources: Sources) -> Iterator[Lapse | None]:
    for workload in pods.workloads(sources):
        spec = workload.pod.at("spec")
        account = spec.at("serviceAccountName").text or spec.at("serviceAccount").text
        said = spec.at(_KEY)
        if said.text == "false" or (not said and account in _without_token(sources)):
            yield None
        elif account not in _with_role(sources) and not pods.is_patched(sources, workload, _KEY):
            message = f"{pods.label(workload)} has a token of the cluster, and no role that it is for"
            yield lapse(workload.path, spec.key(_KEY) if said else _place(workload), message)


def _place(workload: Manifest) -> Node:
    return workload.pod.at("spec").key("serviceAccountName")


@shared
def _without_token(sources: Sources) -> frozenset[str]:
    accounts = kubernetes.of_kind(sources, "ServiceAccount")
    return frozenset(one.name for one in accounts if one.node.at(_KEY).text == "false")


@shared
def _with_role(sources: Sources) -> frozenset[str]:
    """The accounts that some binding of the tree names."""
    bindings = kubernetes.of_kind(sources, "RoleBinding", "ClusterRoleBinding")
    subjects = [subject for one in bindings for subject in one.node.at("subjects").items]
    return frozenset(one.at("name").text for one in subjects if one.at("kind").text == "ServiceAccount")
