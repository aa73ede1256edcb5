"""Custom kinds are installed by the repository

An object of a custom kind is refused by a cluster that lacks its definition. What a Helm chart
brings is declared where the chart is installed, in a Terraform local
`provides = ["group/version/Kind", ...]`; other definitions are CustomResourceDefinition objects.
Install the kind, or correct its name.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.terraform import modules
from generator.checks.rule import Flaw, did_you_mean
from generator.checks.source import Sources, shared


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
        if name == "provides" or name.endswith("_provides")
        for kind in _texts(local.body.arguments[0])
    }
    for definition in kubernetes.of_kind(sources, "CustomResourceDefinition"):
        found |= set(_defined(definition.node))
    return frozenset(found)


def _texts(argument: hcl.Argument) -> Iterator[str]:
    for _, _, value in hcl.entries(argument.value):
        yield from (hcl.literal(node) or "" for node in hcl.elements(value))
    yield from (hcl.literal(node) or "" for node in hcl.elements(argument.value))


def _defined(node: Node) -> Iterator[str]:
    spec = node.at("spec")
    for version in spec.at("versions").items:
        yield f"{spec.at('group').text}/{version.at('name').text}/{spec.at('names', 'kind').text}"
