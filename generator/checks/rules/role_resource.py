"""Rights of roles are on resources that exist

A role with a right on `deploymentss` gives none on `deployments`, and nothing says so until somebody needs it: a
release stops half-way. Resources are written in small letters and in the plural. A name is judged that is near to
one of its API group; groups that are not recorded, and words that only authorisation knows, are not.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models import kubernetes_schema as schemas
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared
from generator.spelling import Guess, closest

FORMAT = Format.KUBERNETES

_KINDS = ("Role", "ClusterRole")
_OTHERS = {
    "": {"users", "groups", "uids", "userextras"}, "policy": {"podsecuritypolicies"},
    "certificates.k8s.io": {"signers"}, "authentication.k8s.io": {"userextras", "uids"},
}  # fmt: skip
"""Names that no kind has."""


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *_KINDS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for role in kubernetes.in_file(sources, path, *_KINDS):
        for rule in role.node.at("rules").items:
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
