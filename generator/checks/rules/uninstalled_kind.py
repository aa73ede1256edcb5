"""Custom kinds are installed by the repository

An object of a custom kind is refused by a cluster that lacks its definition. What a Helm chart
brings is declared where the chart is installed, in a Terraform local
`provides = ["group/version/Kind", ...]`; other definitions are CustomResourceDefinition objects.
Install the kind, or correct its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.checks.formats import hcl
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.terraform import modules
from generator.checks.rule import Flaw, Format, did_you_mean
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    custom = {one.path for one in kubernetes.manifests(sources) if not kubernetes.built_in(one)}
    return iter(sorted(custom))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for manifest in kubernetes.by_path(sources)[path]:
        if not kubernetes.built_in(manifest) and manifest.type not in provided(sources):
            near = did_you_mean(manifest.type, provided(sources))
            message = f"nothing in the repository installs {manifest.type}{near}"
            fix = f'Add "{manifest.type}" to the local `provides` beside the chart that brings it.'
            yield Flaw(manifest.node.key_line("kind"), message, fix)


@shared
def provided(sources: Sources) -> frozenset[str]:
    """The kinds that charts and definitions of the tree bring, as `group/version/Kind`."""
    found = {
        kind
        for module in modules(sources).values()
        for name, local in module.locals.items()
        for kind in _provided(name, local.body.arguments[0].value)
    }
    for definition in kubernetes.of_kind(sources, "CustomResourceDefinition"):
        found |= set(_defined(definition.node))
    return frozenset(found)


def _provided(name: str, value: Any) -> Iterator[str]:
    """The kinds of a list called `provides`, also inside the objects of another local."""
    if name == "provides":
        yield from (hcl.literal(node) or "" for node in hcl.elements(value))
    for key, _, inner in hcl.entries(value):
        yield from _provided(key or "", inner)


def _defined(node: Node) -> Iterator[str]:
    spec = node.at("spec")
    for version in spec.at("versions").items:
        yield f"{spec.at('group').text}/{version.at('name').text}/{spec.at('names', 'kind').text}"
