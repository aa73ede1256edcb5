"""A release and the controller of Argo Rollouts have the rights that they need

A release applies what an overlay holds. Where its role lacks the right on one kind, the release stops half-way, with
the rest of it running; where it lacks one that the scripts of a release ask for, as the Lease by which they keep others
out, none begins. The controller of Argo Rollouts needs rights on what it makes and changes: ReplicaSets, Services
and, where its plugin shifts requests, HTTPRoutes. And a right on `services/proxy` is given by the name and the port of
a Service: with another port every request is refused. Judged in what agency-scaffold generates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from generator.checks.formats import shell
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, scripts
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kustomize_build import overlays
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead, one_of
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_APPLYING: Final = ("create", "get", "patch")
"""What `kubectl apply` and `kubectl diff` need."""
_OF_CLUSTER: Final = {"Namespace", "ClusterRole", "ClusterRoleBinding", "GatewayClass", "CustomResourceDefinition"}
_CONTROLLER: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("argoproj.io", "rollouts"): ("get", "list", "patch", "update", "watch"),
    ("argoproj.io", "analysisruns"): ("create", "get", "list", "patch", "update", "watch"),
    ("argoproj.io", "analysistemplates"): ("get", "list", "watch"),
    ("apps", "replicasets"): ("create", "delete", "get", "list", "patch", "update", "watch"),
    ("", "services"): ("get", "list", "patch", "watch"),
    ("", "pods"): ("list", "watch"),
}
"""What the controller of Argo Rollouts asks for, by group and resource."""
_ENTRIES: Final = ("scripts/deploy.sh", "scripts/rollback.sh", "scripts/health-check.sh")
_CALL: Final = re.compile(
    r"\bkube (?P<verb>get|patch|delete|logs) [\"']?(?P<what>[a-z]+(?:,[a-z]+)*(?:/\S+)?)[\"']?(?![.\w])"
    r"(?P<name> (?!-)\S)?"
)
_PROXY: Final = re.compile(r"/pods/\S+/proxy")
_OF_SCRIPTS: Final[Mapping[str, str]] = {
    "configmaps": "", "pods": "", "pods/log": "", "services": "", "leases": "coordination.k8s.io",
    "deployments": "apps", "replicasets": "apps", "cronjobs": "batch", "jobs": "batch",
    "externalsecrets": "external-secrets.io",
}  # fmt: skip
"""The resources that scripts ask for, each with its group; of others it is not known whether they are there."""
_LOCK: Final = ("coordination.k8s.io", "leases")
_ROUTES: Final = ("gateway.networking.k8s.io", "httproutes")
_PLUGIN: Final = "argoproj-labs/gatewayAPI"


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, "Role", "ClusterRole")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for role in kubernetes.in_file(sources, path, "Role", "ClusterRole") if is_ours(sources) else ():
        yield from _proxied(sources, role)
    for role in kubernetes.in_file(sources, path, "Role") if is_ours(sources) else ():
        yield from _applying(sources, role)
        if any(_is_controller(one) for one in _subjects(sources, role)):
            wanted = dict(_CONTROLLER) | ({_ROUTES: ("get", "update")} if _shifts(sources) else {})
            for (group, resource), verbs in wanted.items():
                yield from _lacking(role, group, resource, verbs, "the controller of Argo Rollouts works with")


def _applying(sources: Sources, role: Manifest) -> Iterator[Flaw]:
    """The kinds of the overlays that the role of a release cannot apply: one that can apply most of them."""
    kinds = _applied(sources, role.node.at("metadata", "namespace").text)
    able = [kind for kind in kinds if {"create", "patch"} <= _verbs(role, *kind) or "*" in _verbs(role, *kind)]
    for group, resource in kinds if able and len(able) * 2 >= len(kinds) else ():
        yield from _lacking(role, group, resource, _APPLYING, "a release applies")
    applied = {kind for kind in kinds if able and len(able) * 2 >= len(kinds)}
    for (group, resource), verbs in _asked(sources).items() if applied else ():
        if (group, resource) not in applied:
            yield from _lacking(role, group, resource, tuple(sorted(verbs)), "the scripts of a release work with")


@shared
def _applied(sources: Sources, namespace: str) -> tuple[tuple[str, str], ...]:
    """Group and resource of all that overlays with workloads put into a namespace."""
    found: dict[tuple[str, str], None] = {}
    for group in overlays(sources):
        made = [one.manifest for one in group.objects if one.namespace == namespace and namespace]
        if {one.kind for one in made} & {"Deployment", "Rollout"}:
            found |= {(one.group, kubernetes.plural(one.kind)): None for one in made if one.kind not in _OF_CLUSTER}
    return tuple(found)


@shared
def _asked(sources: Sources) -> Mapping[tuple[str, str], set[str]]:
    """What the scripts of a release do in its namespace by themselves, by group and resource."""
    entries = [path for path in _ENTRIES if path in sources.tree]
    found: dict[tuple[str, str], set[str]] = {}
    for path in dict.fromkeys(part for entry in entries for part in scripts.closure(sources, entry).paths):
        for _, line in shell.code(sources, path):
            if _PROXY.search(line):
                found.setdefault(("", "pods/proxy"), set()).add("get")
            for call in _CALL.finditer(line) if "--namespace" not in line else ():
                for word in call["what"].split(","):
                    kind = word.partition("/")[0]
                    resource = kind if kind in _OF_SCRIPTS else kubernetes.plural(kind)
                    named = "/" in word or call["name"] or call["verb"] != "get"
                    verb, resource = ("get", "pods/log") if call["verb"] == "logs" else (call["verb"], resource)
                    if resource in _OF_SCRIPTS:
                        found.setdefault((_OF_SCRIPTS[resource], resource), set()).add(verb if named else "list")
    if _LOCK in found:
        # It is made, and taken over, from a file.
        found[_LOCK] |= {"create", "update"}
    return found


def _verbs(role: Manifest, group: str, resource: str) -> set[str]:
    return {verb.text for rule in _rules(role, group, resource) for verb in rule.at("verbs").items}


def _rules(role: Manifest, group: str, resource: str) -> list[Node]:
    """The rules of a role that are about all objects of a kind."""
    return [
        rule
        for rule in role.node.at("rules").items
        if not rule.at("resourceNames")
        and {group, "*"} & {one.text for one in rule.at("apiGroups").items}
        and {resource, "*"} & {one.text for one in rule.at("resources").items}
    ]


def _lacking(role: Manifest, group: str, resource: str, verbs: tuple[str, ...], task: str) -> Iterator[Flaw]:
    given = _verbs(role, group, resource)
    missing = [] if "*" in given else [verb for verb in verbs if verb not in given]
    if missing:
        rules = _rules(role, group, resource)
        place = rules[0].at("verbs") if rules else role.node.key("rules")
        message = f"{task} {resource}, and Role {role.name} may not {' or '.join(missing)} them"
        more = f"Add {', '.join(missing)} to the verbs."
        new = f"Add a rule with the verbs {', '.join(verbs)} on {resource} of the group {group or chr(34) * 2}."
        yield at(place, message, more if rules else new)


def _subjects(sources: Sources, role: Manifest) -> Iterator[str]:
    """Who has a role by a binding of its namespace."""
    for binding in kubernetes.of_kind(sources, "RoleBinding"):
        same = binding.node.at("metadata", "namespace").text == role.node.at("metadata", "namespace").text
        reference = binding.node.at("roleRef")
        if same and (reference.at("kind").text, reference.at("name").text) == ("Role", role.name):
            yield from (one.at("name").text for one in binding.node.at("subjects").items)


def _is_controller(subject: str) -> bool:
    return subject.rpartition(":")[2] == "argo-rollouts"


@shared
def _shifts(sources: Sources) -> bool:
    """Whether a Rollout shifts requests by the plugin for the Gateway API."""
    return any(
        _PLUGIN in one.manifest.node.at("spec", "strategy", "canary", "trafficRouting", "plugins").map
        for group in overlays(sources)
        for one in group.of_kind("Rollout")
    )


def _proxied(sources: Sources, role: Manifest) -> Iterator[Flaw]:
    """Names of `services/proxy` that no Service has, or not with that port."""
    services: dict[str, set[str]] = {}
    for one in kubernetes.of_kind(sources, "Service"):
        ports = one.node.at("spec", "ports").items
        services.setdefault(one.name, set()).update(port.at(key).text for port in ports for key in ("port", "name"))
    for rule in role.node.at("rules").items:
        only = {one.text for one in rule.at("resources").items} == {"services/proxy"}
        for name in rule.at("resourceNames").items if only else ():
            parts = name.text.split(":")
            service, port = (parts[-2], parts[-1]) if len(parts) > 1 else (parts[0], "")
            # The scripts make a Service for each of two sides, beside the one that leads to users.
            service = service if service in services else re.sub(r"-(?:blue|green)$", "", service)
            if service not in services:
                near = did_you_mean(service, services)
                message = f"{role.kind} {role.name} lets a release ask the Service {service}, which is not there{near}"
                yield at(name, message, instead(near, one_of(services)))
            elif port and port not in services[service]:
                message = (
                    f"{role.kind} {role.name} lets a release ask {service} at port {port}, which the Service has not"
                )
                yield at(name, message, one_of(services[service]))
