"""Roles name what they allow

`*` as a verb or a resource allows what nobody thought of, Secrets first; a binding to `cluster-admin`
allows all, in the cluster or in its namespace. Whoever gets the token has that. Write the verbs and
resources that are used.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import kubernetes
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_ROLES = ("Role", "ClusterRole")
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *_ROLES, *_BINDINGS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for role in kubernetes.in_file(sources, path, *_ROLES):
        wide = [
            (one, key)
            for rule in role.node.at("rules").items
            for key in ("verbs", "resources")
            for one in rule.at(key).items
            if one.text == "*"
        ]
        if wide:
            what = " and ".join(dict.fromkeys(key for _, key in wide))
            yield habit(
                at(
                    wide[0][0],
                    f"{role.kind} {role.name} allows all {what}",
                    "Write the verbs and resources that are used.",
                )
            )
    for binding in kubernetes.in_file(sources, path, *_BINDINGS):
        name = binding.node.at("roleRef", "name")
        if name.text == "cluster-admin":
            what = "cluster" if binding.kind == "ClusterRoleBinding" else "namespace"
            message = f"{binding.kind} {binding.name} gives away the whole {what}"
            yield habit(at(name, message, "Bind a role of its own."))
