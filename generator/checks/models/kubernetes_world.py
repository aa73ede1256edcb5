"""What a cluster has beside the objects that a tree writes out, and whether the tree says all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from generator.checks.formats import hcl
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.models import kubernetes_schema as schemas
from generator.checks.models.habits import habit
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.ours import is_ours
from generator.checks.models.terraform import modules
from generator.checks.rule import Flaw, Placed, at, did_you_mean, one_of
from generator.checks.source import Sources, makefiles, shared, text

_MAKERS: Final = (".jsonnet", ".libsonnet", ".cue", "Chart.yaml", "helmfile.yaml", "cdk8s.yaml", "Pulumi.yaml")
"""Ends of files from which a tool makes objects that stand nowhere."""
_TERRAFORM: Final = ("helm_release", "kubernetes_", "kubectl_", "rancher2_", "argocd_")
_PASSIVE: Final = frozenset({
    "cert-manager.io", "monitoring.coreos.com", "keda.sh", "bitnami.com", "secrets-store.csi.x-k8s.io",
    "autoscaling.k8s.io", "networking.gke.io", "cloud.google.com", "karpenter.sh", "karpenter.k8s.aws", "kyverno.io",
})  # fmt: skip
"""Groups that are not recorded, whose objects make no pods, Services, ConfigMaps and accounts."""
_ACTIVE: Final = frozenset({
    "Prometheus", "Alertmanager", "ThanosRuler", "PrometheusAgent", "ClusterPolicy", "Policy",
    "ClusterExternalSecret", "ClusterPushSecret", "PushSecret",
})  # fmt: skip
"""Kinds of such groups that do."""


@shared
def is_whole(sources: Sources) -> bool:
    """Whether what stands nowhere in the tree is nowhere: no chart, operator or remote base makes unseen objects."""
    return is_ours(sources) or not (
        any(path.endswith(_MAKERS) for path in sources.tree)
        or any(_makes(one.group, one.kind) for one in kubernetes.manifests(sources) if not kubernetes.built_in(one))
        or any(_is_open(root) for root in kubernetes.kustomizations(sources).values())
        or any(kind.startswith(_TERRAFORM) for one in modules(sources).values() for _, kind, _ in one.objects)
    )


def _makes(group: str, kind: str) -> bool:
    own = {custom.partition("/")[0] for custom in schemas.custom_kinds()} | _PASSIVE
    return group not in own or kind in _ACTIVE or (group == "argoproj.io" and kind.startswith("Application"))


def _is_open(root: Node) -> bool:
    if kustomize.makes_unseen(root):
        return True
    return any(kustomize.is_remote(one.text) for key in kustomize.RESOURCES for one in root.at(key).items)


def missing(sources: Sources, flaw: Flaw, *, sure: bool = True) -> Iterator[Flaw]:
    """The flaw that something is not there: none where the tree does not say all, a warning where it is not `sure`."""
    if is_whole(sources):
        yield flaw if sure else habit(flaw)


def absent(one: Manifest, kind: str, name: Node, known: Iterable[str]) -> Flaw:
    """The flaw that an object names another of a kind that is not among the `known`."""
    message = f"{one.kind} {one.name}: there is no {kind} {name.text}"
    return at(name, message, f"Add the {kind} {name.text}, or name one that is there.", did_you_mean(name.text, known))


def no_port(place: Placed, port: str, message: str, known: Iterable[str]) -> Flaw:
    """The flaw that a port is not among the `known`; a number works undeclared, so the declaration may be missing."""
    ports = sorted(known)
    declare = f"Add `containerPort: {port}` to the container, or write one of {', '.join(ports)}."
    return at(place, message, declare if port.isdecimal() else one_of(ports), did_you_mean(port, ports))


_CREATED: Final = re.compile(
    r"\bcreate\s+(secret\s+(?:generic|tls|docker-registry)|configmap|cm|serviceaccount|sa|namespace|ns)\s+(\S+)"
)
_KINDS: Final = {"secret": "Secret", "configmap": "ConfigMap", "cm": "ConfigMap", "serviceaccount": "ServiceAccount",
                 "sa": "ServiceAccount", "namespace": "Namespace", "ns": "Namespace"}  # fmt: skip


_RESOURCES: Final = {
    "kubernetes_namespace": "Namespace", "kubernetes_service_account": "ServiceAccount",
    "kubernetes_config_map": "ConfigMap", "kubernetes_secret": "Secret",
}  # fmt: skip


@shared
def _created(sources: Sources) -> frozenset[tuple[str, str]]:
    """(kind, name) of what scripts, workflows and pages make with kubectl; "" for a name that they do not give."""
    paths = (*sources.ending(".sh", ".md"), *sources.below(".github/"), *makefiles(sources))
    return frozenset(
        (_KINDS[what.split()[0]], name.strip("\"'") if re.fullmatch(r"[\"']?[a-z0-9][a-z0-9.-]*[\"']?", name) else "")
        for path in paths
        for what, name in _CREATED.findall(text(sources, path))
    )


def is_made(sources: Sources, kind: str, name: str) -> bool:
    """Whether an object is there: as the tree writes it, or made elsewhere."""
    return name in kubernetes.names_of(sources, kind) or is_made_elsewhere(sources, kind, name)


def is_made_elsewhere(sources: Sources, kind: str, name: str) -> bool:
    """Whether an object is made by a script, by hand or by Terraform, or under a name that is put in later."""
    if kubernetes.is_put_in_later(name):
        return True
    return (kind, name) in _of_terraform(sources) or not {(kind, name), (kind, "")}.isdisjoint(_created(sources))


@shared
def _of_terraform(sources: Sources) -> frozenset[tuple[str, str]]:
    """(kind, name) of the objects that Terraform makes under a name that stands there."""
    found = set()
    for module in modules(sources).values():
        for (_, type_, _), declared_at in module.objects.items():
            kind = _RESOURCES.get(type_.removesuffix("_v1"), "")
            for metadata in declared_at.body.of("metadata") if kind else ():
                name = metadata.body.get("name")
                found.add((kind, (name.literal if name else None) or ""))
    return frozenset((kind, name) for kind, name in found if name)


@shared
def held(sources: Sources) -> frozenset[str]:
    """The namespaces that the tree says anything of: makes, puts objects or a kustomization into."""
    objects = {one.node.at("metadata", "namespace").text for one in kubernetes.manifests(sources)}
    roots = {root.at("namespace").text for root in kubernetes.kustomizations(sources).values()}
    made = {name for kind, name in (*_of_terraform(sources), *_created(sources)) if kind == "Namespace"}
    return frozenset({*objects, *roots, *made, *kubernetes.names_of(sources, "Namespace")} - {""})


@shared
def provided(sources: Sources) -> frozenset[str]:
    """The kinds that charts and definitions of the tree bring, as `group/version/Kind`."""
    return declared(sources) | frozenset(
        kind
        for definition in kubernetes.of_kind(sources, "CustomResourceDefinition")
        for kind in _defined(definition.node)
    )


@shared
def declared(sources: Sources) -> frozenset[str]:
    """The kinds that locals called `provides` in Terraform say."""
    return frozenset(
        kind
        for module in modules(sources).values()
        for name, local in module.locals.items()
        for kind in _provided(name, local.body.arguments[0].value)
    )


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
