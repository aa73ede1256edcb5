"""The groups by which roles enter a cluster are those that bindings name

An access entry of EKS leads a role of the cloud into a group of Kubernetes, and a binding says what the group may do.
Where the two have different names, the role enters and may do nothing: every release stops at its first call. Told
where the tree has both sides; in a repository that was not generated, only where a name looks like a misspelt one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.ours import is_ours
from generator.checks.models.terraform_settings import of
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean, one_of
from generator.checks.source import Sources, shared
from generator.spelling import closest

FORMAT = Format.KUBERNETES

_BINDINGS: Final = ("RoleBinding", "ClusterRoleBinding")
_ALIKE: Final = 0.8


def files(sources: Sources) -> Iterator[str]:
    entries, bindings = _entries(sources), _bindings(sources)
    if entries and bindings:
        yield from dict.fromkeys([*(path for path, _, _ in entries.values()), *(path for path, _, _ in bindings)])


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    entries = _entries(sources)
    bound = {group for _, group, _ in _bindings(sources)}
    for group, (place, line, column) in entries.items():
        if place == path and group not in bound and _is_told(sources, group, bound):
            message = f"no binding names the group {group}"
            yield at(Point(line, column), message, f"Add a binding for the group {group}.", did_you_mean(group, bound))
    for place, group, node in _bindings(sources):
        if place == path and group not in entries and not _told_above(sources, group, bound):
            if not _is_told(sources, group, set(entries)):
                continue
            near = did_you_mean(group, entries)
            message = f"no access entry of the cluster has the group {group}"
            yield at(node, message, one_of(entries, f"Add {group} to the groups of an entry."), near)


def _told_above(sources: Sources, group: str, bound: set[str]) -> bool:
    """Whether several bindings name a group, and an entry has one that none names: then the entry is the odd one."""
    several = sum(1 for _, other, _ in _bindings(sources) if other == group) > 1
    return several and any(entry not in bound for entry in _entries(sources))


def _is_told(sources: Sources, group: str, known: set[str]) -> bool:
    return is_ours(sources) or closest(group, sorted(known), _ALIKE) != ""


@shared
def _entries(sources: Sources) -> Mapping[str, tuple[str, int, int]]:
    """The groups of access entries, each with the place of its name."""
    found: dict[str, tuple[str, int, int]] = {}
    for one in of(sources, "aws_eks_access_entry"):
        given = one.body.get("kubernetes_groups")
        for item in hcl.elements(given.value) if given else ():
            group = hcl.literal(item)
            if group:
                found.setdefault(group, (one.path, *hcl.place(item)))
    return found


@shared
def _bindings(sources: Sources) -> tuple[tuple[str, str, Node], ...]:
    """The groups of bindings that are not Kubernetes' own: file, name and where it stands."""
    return tuple(
        (one.path, subject.at("name").text, subject.at("name"))
        for one in kubernetes.of_kind(sources, *_BINDINGS)
        for subject in one.node.at("subjects").items
        if subject.at("kind").text == "Group" and not subject.at("name").text.startswith("system:")
    )
