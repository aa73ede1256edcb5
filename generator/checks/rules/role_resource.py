"""Rights of roles are on resources and objects that exist

A role with a right on `deploymentss` gives none on `deployments`, and nothing says so until somebody needs it: a
release stops half-way. Resources are written in small letters and in the plural. A name is judged that is near to
one of its API group; groups that are not recorded, and words that only authorisation knows, are not. A right on a name
(`resourceNames`) that no object has is one on nothing, too: names of what manifests make are judged, in a repository
that was not generated those that look misspelt. Pods of a StatefulSet are called by its name and a number below its
`replicas`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import built_forms, built_pods, kubernetes
from generator.checks.models import kubernetes_schema as schemas
from generator.checks.models.habits import habit
from generator.checks.models.kubernetes_world import is_made_elsewhere, is_whole
from generator.checks.models.ours import is_ours
from generator.checks.models.terraform_settings import of
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead, one_of
from generator.checks.source import Sources, shared
from generator.spelling import Guess, closest

FORMAT = Format.KUBERNETES

_KINDS = ("Role", "ClusterRole")
_OTHERS = {
    "": {"users", "groups", "uids", "userextras"}, "policy": {"podsecuritypolicies"},
    "certificates.k8s.io": {"signers"}, "authentication.k8s.io": {"userextras", "uids"},
}  # fmt: skip
"""Names that no kind has."""
_AT_RUN = {"ConfigMap", "Endpoints", "Job", "Lease", "Pod", "PersistentVolumeClaim", "ReplicaSet", "Secret"}
"""What programs make under names of their own."""
_MANY = 100
"""Pods of a StatefulSet whose names are known."""
_BUILT_IN = re.compile(r"(?:.*:.*|cluster-admin|admin|edit|view|default|kube-.*|kubernetes)\Z")
"""Names that Kubernetes itself gives; `http:name:port`, as in `services/proxy`, is no name alone."""


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *_KINDS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for role in kubernetes.in_file(sources, path, *_KINDS):
        for rule in role.node.at("rules").items:
            yield from _names(sources, role.kind, role.name, rule)
            groups = {node.text for node in rule.at("apiGroups").items}
            known = _known(sources)
            names = {name for group in groups for name in known.get(group, ())}
            if not groups or any(group not in known for group in groups):
                continue
            for resource in rule.at("resources").items:
                yield from _resource(role.kind, role.name, resource, names)


def _resource(kind: str, role: str, resource: Node, names: set[str]) -> Iterator[Flaw]:
    plain = resource.text.partition("/")[0]
    near = closest(plain, sorted(names), 0.85) if plain not in names and "*" not in plain else ""
    if near and not kubernetes.is_put_in_later(plain):
        message = f"{kind} {role} gives rights on {plain}, which no kind of its group is called"
        yield at(resource, message, near=Guess(near))


def _names(sources: Sources, kind: str, role: str, rule: Node) -> Iterator[Flaw]:
    """The names of a rule that no object of the resources has, which it gives rights on."""
    groups = [node.text for node in rule.at("apiGroups").items]
    resources = {node.text for node in rule.at("resources").items}
    if resources == {"services/proxy"} and is_ours(sources):
        return  # `release-rights` tells it
    plain = {one.partition("/")[0] for one in resources}
    kinds = {_kinds(sources).get((group, resource), "") for group in groups for resource in plain}
    if len(kinds) != 1 or not any(kinds):
        return
    made = kinds.pop()
    known = _called(sources, made)
    for name in rule.at("resourceNames").items if known else ():
        sure = made not in _AT_RUN or (made == "Pod" and name.text.rpartition("-")[0] in _sets(sources))
        if name.text in known or _is_of_others(sources, made, name.text):
            continue
        near = did_you_mean(name.text, known)
        if (sure and is_ours(sources)) or (closest(name.text, sorted(known), 0.85) and is_whole(sources)):
            message = f"{kind} {role} gives rights on {made} {name.text}, which is not there{near}"
            yield habit(at(name, message, instead(near, one_of(known))))


def _is_of_others(sources: Sources, kind: str, name: str) -> bool:
    """Whether an object may be made by Kubernetes, Terraform, a script or a chart."""
    charts = (one.body.get("name") for one in of(sources, "helm_release"))
    prefixes = tuple(given.literal for given in charts if given and given.literal)
    return bool(_BUILT_IN.match(name)) or name.startswith(prefixes) or is_made_elsewhere(sources, kind, name)


@shared
def _called(sources: Sources, kind: str) -> frozenset[str]:
    """The names of a kind: of pods, those of StatefulSets whose number is known."""
    if kind == "Pod":
        return frozenset(f"{name}-{number}" for name, most in _sets(sources).items() for number in range(most))
    return kubernetes.names_of(sources, kind)


@shared
def _sets(sources: Sources) -> dict[str, int]:
    """The StatefulSets, each with the most pods that it has anywhere; those that may have any number are left out."""
    found: dict[str, list[int | None]] = {}
    for forms in built_forms.of_kind(sources, "StatefulSet"):
        for group, one in forms:
            most = None if one.unclear else built_pods.most(sources, group, one)
            found.setdefault(one.manifest.name, []).append(most)
    return {name: min(max(filter(None, every), default=0), _MANY) for name, every in found.items() if None not in every}


@shared
def _kinds(sources: Sources) -> dict[tuple[str, str], str]:
    """The kinds that the tree has objects of, by group and resource."""
    made = {(one.group, kubernetes.plural(one.kind)): one.kind for one in kubernetes.manifests(sources)}
    return {**made, ("", "pods"): "Pod"}


@shared
def _known(sources: Sources) -> dict[str, set[str]]:
    """The resources of each API group that is recorded, or that the tree defines, in any version."""
    found: dict[str, set[str]] = {group: set(names) for group, names in _OTHERS.items()}
    for type_ in (*schemas.kinds(), *schemas.custom_kinds()):
        version, _, kind = type_.rpartition("/")
        found.setdefault(version.rpartition("/")[0], set()).add(kubernetes.plural(kind))
    for one in kubernetes.of_kind(sources, "CustomResourceDefinition"):
        spec = one.node.at("spec")
        found.setdefault(spec.at("group").text, set()).add(spec.at("names", "plural").text)
    return found
