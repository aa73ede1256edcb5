"""The Kubernetes objects of a tree, its kustomizations, and what is only a patch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from generator.checks import data
from generator.checks.formats import yaml
from generator.checks.formats.schema import Schema
from generator.checks.formats.yaml import Node
from generator.checks.models.terraform import modules
from generator.checks.source import Sources, folder, join, shared
from generator.places import ANSWERS_FILE

KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Rollout", "Pod")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object."""

    path: str
    node: Node
    api_version: str
    kind: str
    name: str

    @property
    def group(self) -> str:
        """The API group; "" for the core."""
        return self.api_version.rpartition("/")[0]

    @property
    def type(self) -> str:
        """`group/version/Kind`."""
        return f"{self.api_version}/{self.kind}"

    @property
    def pod(self) -> Node:
        """The pod template (or the pod) of a workload, with `metadata` and `spec`."""
        if self.kind == "Pod":
            return self.node
        inner = self.node.at("spec", "jobTemplate") if self.kind == "CronJob" else self.node
        return inner.at("spec", "template")

    @property
    def containers(self) -> list[Node]:
        """All containers of a workload, those that start first included."""
        spec = self.pod.at("spec")
        return [*spec.at("initContainers").items, *spec.at("containers").items]


def is_kustomization(path: str) -> bool:
    """Whether the file is a kustomization."""
    return path.rpartition("/")[2] in KUSTOMIZATIONS


@shared
def kustomizations(sources: Sources) -> dict[str, Node]:
    """The kustomizations by their path."""
    return {path: yaml.root(sources, path) for path in sources.tree if is_kustomization(path)}


@shared
def patches(sources: Sources) -> frozenset[str]:
    """The files that kustomizations apply as patches: parts of objects."""
    found = set()
    for path, node in kustomizations(sources).items():
        entries = [*node.at("patches").items, *node.at("patchesJson6902").items]
        names = [entry.at("path").text for entry in entries]
        names += [entry.text for entry in node.at("patchesStrategicMerge").items]
        found |= {join(folder(path), name) for name in names if name}
    return frozenset(found)


@shared
def manifests(sources: Sources) -> tuple[Manifest, ...]:
    """All whole objects of the tree."""
    return tuple(one for path in yaml.paths(sources) if path not in patches(sources) for one in _objects(sources, path))


def _objects(sources: Sources, path: str) -> Iterator[Manifest]:
    for document in yaml.parse(sources, path).documents:
        inner = document.at("items").items if document.at("kind").text == "List" else [document]
        for node in inner:
            version, kind = node.at("apiVersion").text, node.at("kind").text
            if version and kind and not version.startswith("kustomize.config.k8s.io/"):
                yield Manifest(path, node, version, kind, node.at("metadata", "name").text)


@shared
def by_path(sources: Sources) -> dict[str, list[Manifest]]:
    """The objects of each file."""
    found: dict[str, list[Manifest]] = {}
    for manifest in manifests(sources):
        found.setdefault(manifest.path, []).append(manifest)
    return found


def of_kind(sources: Sources, *kinds: str) -> list[Manifest]:
    """The objects of these kinds."""
    return [manifest for manifest in manifests(sources) if manifest.kind in kinds]


def files_of(sources: Sources, *kinds: str) -> list[str]:
    """The files with an object of these kinds."""
    return sorted({manifest.path for manifest in of_kind(sources, *kinds)})


def in_file(sources: Sources, path: str, *kinds: str) -> list[Manifest]:
    """A file's objects of these kinds."""
    return [manifest for manifest in by_path(sources).get(path, []) if manifest.kind in kinds]


def labels(node: Node) -> dict[str, str]:
    """A mapping of labels as text."""
    return {key: value.text for key, value in node.map.items()}


def selects(selector: dict[str, str], pod: Node) -> bool:
    """Whether a selector's labels are those of a pod template."""
    own = labels(pod.at("metadata", "labels"))
    return all(own.get(key) == value for key, value in selector.items())


def selected(sources: Sources, selector: dict[str, str]) -> list[Manifest]:
    """The workloads whose pods a selector takes."""
    return [one for one in of_kind(sources, *WORKLOADS) if selects(selector, one.pod)]


def ports_of(containers: list[Node]) -> set[str]:
    """The names and numbers of containers' ports."""
    ports = [port for container in containers for port in container.at("ports").items]
    return {port.at(key).text for port in ports for key in ("name", "containerPort")} - {""}


@shared
def names_of(sources: Sources, kind: str) -> frozenset[str]:
    """The names that exist of a kind: objects, what kustomizations generate, what other objects make."""
    found = {manifest.name for manifest in of_kind(sources, kind)}
    # Kubernetes puts this one into every namespace.
    found |= {"kube-root-ca.crt"} if kind == "ConfigMap" else set()
    generator = {"ConfigMap": "configMapGenerator", "Secret": "secretGenerator"}.get(kind)
    if generator:
        for node in kustomizations(sources).values():
            found |= {entry.at("name").text for entry in node.at(generator).items}
    if kind == "Secret":
        for one in of_kind(sources, "ExternalSecret", "SecretProviderClass", "Certificate", "SealedSecret"):
            named = one.node.at("spec", "target", "name").text or one.node.at("spec", "secretName").text
            found.add(named or one.name)
    return frozenset(found)


@cache
def api() -> Any:
    """The recorded API."""
    return data.load("kubernetes/api.json")


@cache
def schema_of(kind: str, minor: str) -> Schema | None:
    """The compiled schema of `group/version/Kind` in a minor version; None where that version has no such kind."""
    name = api()["kinds"].get(kind)
    definitions = {one: schema for one, minors, schema in api()["definitions"] if minor in minors}
    if name not in definitions:
        return None
    needed: set[str] = set()
    _collect(definitions, name, needed)
    return Schema(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": f"#/$defs/{name}",
            "$defs": {one: definitions[one] for one in sorted(needed)},
        }
    )


def _collect(definitions: dict[str, Any], name: str, needed: set[str]) -> None:
    if name not in needed:
        needed.add(name)
        for other in re.findall(r"#/\$defs/([^\"']+)", str(definitions[name])):
            _collect(definitions, other, needed)


@cache
def custom_schema(kind: str) -> Schema | None:
    """The compiled schema of a custom resource; None where it is not recorded."""
    raw = data.load("kubernetes/custom.json").get(kind)
    return Schema(raw) if raw else None


def built_in(manifest: Manifest) -> bool:
    """Whether Kubernetes itself owns the API group of an object."""
    group = manifest.group
    return "." not in group or (group.endswith(".k8s.io") and any(k.startswith(f"{group}/") for k in api()["kinds"]))


@shared
def cluster_version(sources: Sources) -> str:
    """The minor version that the tree's answers, or else its Terraform, choose; the newest where neither says."""
    answered = yaml.root(sources, ANSWERS_FILE).at("orchestration", "kubernetes_version").text
    chosen = answered or next(_defaults(sources), "")
    return chosen if chosen in api()["minors"] else str(api()["minors"][0])


def _defaults(sources: Sources) -> Iterator[str]:
    """The versions that variables of Terraform have by default."""
    for module in modules(sources).values():
        for name in ("kubernetes_version", "cluster_version"):
            default = module.variables[name].body.get("default") if name in module.variables else None
            if default and re.fullmatch(r"\d+\.\d+", default.literal or ""):
                yield default.literal or ""
