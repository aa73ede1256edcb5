"""Custom kinds are installed by the repository

An object of a custom kind is refused by a cluster that lacks its definition. What a Helm chart
brings is declared where the chart is installed, in a Terraform local
`provides = ["group/version/Kind", ...]`; other definitions are CustomResourceDefinition objects.
Install the kind, or correct its name. Where no such local stands, only kinds are judged whose name is near to that of
a definition of the repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.checks.models import kubernetes
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kubernetes_world import declared, provided
from generator.checks.rule import Flaw, Format, did_you_mean
from generator.checks.source import Sources, folder, join, shared
from generator.spelling import closest

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    custom = {one.path for one in kubernetes.manifests(sources) if not kubernetes.built_in(one)}
    return iter(sorted(custom) if provided(sources) else ())


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = provided(sources)
    for manifest in kubernetes.by_path(sources)[path]:
        if kubernetes.built_in(manifest) or manifest.type in known:
            continue
        near = did_you_mean(manifest.type, known)
        if (declared(sources) and path in _applied(sources)) or _is_misspelt(manifest, known):
            message = f"nothing in the repository installs {manifest.type}{near}"
            fix = f'Add "{manifest.type}" to the local `provides` beside the chart that brings it.'
            yield Flaw(manifest.node.key_line("kind"), message, _instead(manifest, known) or fix)


def _instead(manifest: Manifest, known: Iterable[str]) -> str:
    """What is installed in place of a kind: in another version, or under nearly the same name; "" for neither."""
    same = [one for one in sorted(known) if one.partition("/")[0] == manifest.group]
    for one in same:
        version, _, kind = one.rpartition("/")
        if kind == manifest.kind:
            return f"Write `apiVersion: {version}`."
    near = closest(manifest.kind, [one.rpartition("/")[2] for one in same], 0.8)
    return f"Write `kind: {near}`." if near else ""


@shared
def _applied(sources: Sources) -> frozenset[str]:
    """The files that kustomizations take in: what nothing applies may be no object of a cluster at all."""
    return frozenset(
        join(folder(path), entry.text)
        for path, root in kubernetes.kustomizations(sources).items()
        for entry in root.at("resources").items
    )


def _is_misspelt(manifest: Manifest, known: Iterable[str]) -> bool:
    """Whether the kind has nearly the name of one of its own group, and is none of that group in any version."""
    names = {kind.rpartition("/")[2] for kind in known if kind.partition("/")[0] == manifest.group}
    return manifest.kind not in names and bool(closest(manifest.kind, sorted(names), 0.8))
