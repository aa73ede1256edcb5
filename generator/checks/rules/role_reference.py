"""Bindings join a role and an account, or a policy, that exist

A binding of a role or an account that does not exist grants nothing and says nothing; one of an admission policy that
does not exist holds nobody back. Roles of Kubernetes itself (`view`, `edit`, `admin`, `cluster-admin`, `system:...`)
count as existing, and so do accounts of its own namespaces. Where charts, operators or remote bases may make what is
not there, nothing is said; nor is it of an account in a namespace that the repository does not hold.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.kubernetes_world import absent, held, is_made, missing
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources
from generator.spelling import closest

FORMAT = Format.KUBERNETES

_KINDS = ("RoleBinding", "ClusterRoleBinding")
_POLICIES = {
    "ValidatingAdmissionPolicyBinding": "ValidatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding": "MutatingAdmissionPolicy",
}
_BUILT_IN = ("view", "edit", "admin", "cluster-admin", "extension-apiserver-authentication-reader")


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *_KINDS, *_POLICIES)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for binding in kubernetes.in_file(sources, path, *_KINDS):
        role = binding.node.at("roleRef")
        kind, name = role.at("kind").text, role.at("name")
        known = kubernetes.names_of(sources, kind)
        if name.text not in {*known, *_BUILT_IN} and not name.text.startswith("system:"):
            yield from missing(sources, absent(binding, kind, name, known))
        for subject in binding.node.at("subjects").items:
            account, accounts = subject.at("name"), kubernetes.names_of(sources, "ServiceAccount")
            if _is_known(sources, subject) or subject.at("kind").text != "ServiceAccount":
                continue
            yield from missing(sources, absent(binding, "ServiceAccount", account, accounts))

    for binding in kubernetes.in_file(sources, path, *_POLICIES):
        kind, name = _POLICIES[binding.kind], binding.node.at("spec", "policyName")
        known = kubernetes.names_of(sources, kind)
        if name and name.text not in known and not kubernetes.is_put_in_later(name.text):
            yield from missing(sources, absent(binding, kind, name, known))


def _is_known(sources: Sources, subject: Node) -> bool:
    """Whether an account is there, or is one of Kubernetes itself."""
    name = subject.at("name").text
    return name == "default" or _is_elsewhere(sources, subject) or is_made(sources, "ServiceAccount", name)


def _is_elsewhere(sources: Sources, subject: Node) -> bool:
    """Whether an account is one of a namespace of which the tree does not say what is in it."""
    namespace = subject.at("namespace").text
    if namespace.startswith("kube-"):
        return True
    own = held(sources)
    return bool(namespace and own) and namespace not in own and not closest(namespace, own) and not is_ours(sources)
