"""The Kubernetes objects of a tree, its kustomizations, and what is only a patch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import ABSENT, Node
from generator.checks.models import kubernetes_schema as schemas
from generator.checks.models.ours import is_ours
from generator.checks.models.terraform import modules
from generator.checks.source import Sources, folder, join, shared, text
from generator.places import ANSWERS_FILE

KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
WORKLOADS: Final = (
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Job",
    "CronJob",
    "Rollout",
    "Pod",
    "ReplicationController",
)
SCALED: Final = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "Rollout")
"""Those that have a number of replicas."""
SERVING: Final = ("Deployment", "StatefulSet", "Rollout")
"""Those whose pods answer others, and are replaced one after the other."""
GENERATED: Final = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}
"""What the generators of kustomizations make."""
_OF_SECRETS: Final = ("ExternalSecret", "Certificate", "SealedSecret")
_NO_OBJECTS: Final = ("kustomize.config.k8s.io/", "builtin")
"""Prefixes of versions of what only kustomize reads."""
_LOCAL: Final = ("config.kubernetes.io/local-config", "config.kubernetes.io/function")
_SAMPLES: Final = frozenset(
    {"testdata", "test-data", "fixtures", "test-fixtures", "vendor", "node_modules", "__snapshot__", "__snapshots__"}
)
_GONE: Final = frozenset({"extensions"})
"""Groups that no recorded version has any more."""
_VERSIONS: Final = ("kubernetes_version", "cluster_version", "min_master_version", "eks_version", "k8s_version")
_CLUSTERS: Final = ("aws_eks_cluster", "azurerm_kubernetes_cluster", "google_container_cluster")
_MINOR: Final = re.compile(r"1\.\d{1,3}(\.|$)")


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
    """The kustomizations by their path; Flux has another kind of that name, which is none."""
    found = {path: yaml.root(sources, path) for path in sources.tree if is_kustomization(path)}
    return {path: root for path, root in found.items() if "kustomize.toolkit" not in root.at("apiVersion").text}


def patches_of(root: Node) -> Iterator[tuple[str, Node, Node]]:
    """The patches of a kustomization: their key, their entry, and what names its file, absent where it is written."""
    for entry in root.at("patchesStrategicMerge").items:
        yield "patchesStrategicMerge", entry, ABSENT if "\n" in entry.text else entry
    for key in ("patches", "patchesJson6902"):
        for entry in root.at(key).items:
            yield key, entry, entry.at("path") or (entry if entry.text else ABSENT)


@shared
def patch_paths(sources: Sources) -> frozenset[str]:
    """The files that kustomizations apply as patches: parts of objects."""
    every = ((path, file.text) for path, root in kustomizations(sources).items() for *_, file in patches_of(root))
    return frozenset(join(folder(path), name) for path, name in every if name)


@shared
def manifests(sources: Sources) -> tuple[Manifest, ...]:
    """All whole objects of the tree that are written out: nothing that a chart or another tool makes of templates."""
    files = (path for path in yaml.paths(sources) if path not in patch_paths(sources))
    # What we generate has a folder for each service, whatever it is called.
    applied = files if is_ours(sources) else (path for path in files if not _is_sample(path))
    return tuple(one for path in applied for one in _objects(sources, path))


def _is_sample(path: str) -> bool:
    """Whether a file lies where people put what is wrong on purpose, or is never applied as it is."""
    return not _SAMPLES.isdisjoint(path.split("/")[:-1])


def _objects(sources: Sources, path: str) -> Iterator[Manifest]:
    for document in yaml.parse(sources, path).documents:
        is_list = document.at("kind").text.endswith("List") and document.at("items").is_list
        for node in document.at("items").items if is_list else [document]:
            version, kind = node.at("apiVersion").text, node.at("kind").text
            if version and kind and not version.startswith(_NO_OBJECTS) and not _is_template(sources, path, node):
                yield Manifest(path, node, version, kind, node.at("metadata", "name").text)


def _is_template(sources: Sources, path: str, node: Node) -> bool:
    """Whether it is for another tool: `{{ }}` without quotes, which is a mapping as a key, or what is never applied."""
    if any(key.startswith(_LOCAL) for key in node.at("metadata", "annotations").map):
        return True
    return _has_braces(sources, path) and any(k.raw.id == "mapping" for one in node.walk() for k in one.keys)


@shared
def _has_braces(sources: Sources, path: str) -> bool:
    return "{{" in text(sources, path)


def is_put_in_later(text: str) -> bool:
    """Whether a text has a place where another tool puts a value."""
    return any(mark in text for mark in ("$", "{{", "<", "__", "..."))


@shared
def _by_kind(sources: Sources) -> dict[str, list[Manifest]]:
    found: dict[str, list[Manifest]] = {}
    for manifest in manifests(sources):
        found.setdefault(manifest.kind, []).append(manifest)
    return found


@shared
def by_path(sources: Sources) -> dict[str, list[Manifest]]:
    """The objects of each file."""
    found: dict[str, list[Manifest]] = {}
    for manifest in manifests(sources):
        found.setdefault(manifest.path, []).append(manifest)
    return found


def of_kind(sources: Sources, *kinds: str) -> list[Manifest]:
    """The objects of these kinds."""
    return [manifest for kind in dict.fromkeys(kinds) for manifest in _by_kind(sources).get(kind, ())]


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
    first = next(iter(selector.items()), None)
    some = _by_label(sources).get(first, []) if first else of_kind(sources, *WORKLOADS)
    return [one for one in some if selects(selector, one.pod)]


@shared
def _by_label(sources: Sources) -> dict[tuple[str, str], list[Manifest]]:
    """The workloads by each label of their pods."""
    found: dict[tuple[str, str], list[Manifest]] = {}
    for one in of_kind(sources, *WORKLOADS):
        for label in labels(one.pod.at("metadata", "labels")).items():
            found.setdefault(label, []).append(one)
    return found


def ports_of(containers: list[Node]) -> set[str]:
    """The names and numbers of containers' ports."""
    return {node.text for node in port_nodes(containers)} - {""}


def port_nodes(containers: list[Node]) -> list[Node]:
    """The same, where they stand."""
    ports = [port for container in containers for port in container.at("ports").items]
    return [port.at(key) for port in ports for key in ("name", "containerPort")]


@shared
def names_of(sources: Sources, kind: str) -> frozenset[str]:
    """The names that exist of a kind: objects, what kustomizations generate, what other objects make."""
    found = {manifest.name for manifest in of_kind(sources, kind)}
    # Kubernetes puts this one into every namespace.
    found |= {"kube-root-ca.crt"} if kind == "ConfigMap" else set()
    for generator in (key for key, made in GENERATED.items() if made == kind):
        for node in kustomizations(sources).values():
            found |= {entry.at("name").text for entry in node.at(generator).items}
    if kind == "Secret":
        found |= {secret_of(one) for one in of_kind(sources, *_OF_SECRETS)}
        found |= {entry.at("secretName").text for entry in provided_secrets(sources)}
    return frozenset(found)


def secret_of(one: Manifest) -> str:
    """The name of the Secret that an object becomes by its operator; "" for an object that becomes none."""
    if one.kind not in _OF_SECRETS:
        return ""
    ways = (("spec", "target", "name"), ("spec", "secretName"), ("spec", "template", "metadata", "name"))
    return next((text for way in ways if (text := one.node.at(*way).text)), one.name)


def provided_secrets(sources: Sources) -> list[Node]:
    """The entries of provider classes by which the CSI driver makes Secrets."""
    return [
        entry for one in of_kind(sources, "SecretProviderClass") for entry in one.node.at("spec", "secretObjects").items
    ]


def built_in(manifest: Manifest) -> bool:
    """Whether Kubernetes itself owns the API group of an object, or owned it once."""
    return manifest.group in schemas.groups() | _GONE


@shared
def cluster_versions(sources: Sources) -> tuple[str, ...]:
    """The recorded minor versions that the answers, or else the Terraform, choose, the newest first; () for none.

    One that is older or newer than all recorded counts as the nearest of them.
    """
    answered = yaml.root(sources, ANSWERS_FILE).at("orchestration", "kubernetes_version").text
    numbers = {int(text.split(".")[1]) for text in ([answered] if answered else _said(sources)) if _MINOR.match(text)}
    recorded = [int(minor.split(".")[1]) for minor in schemas.minors()]
    return tuple(f"1.{number}" for number in recorded if number in {_within(one, recorded) for one in numbers})


def _within(number: int, recorded: list[int]) -> int:
    return max(min(number, recorded[0]), recorded[-1])


def _said(sources: Sources) -> Iterator[str]:
    """What variables of Terraform have by default, and what clusters are given."""
    for module in modules(sources).values():
        for key in _VERSIONS:
            default = module.variables[key].body.get("default") if key in module.variables else None
            yield (default.literal or "") if default else ""
        given = [one for (_, kind, _), one in module.objects.items() if kind in _CLUSTERS]
        for declared in (*given, *module.modules.values()):
            version = (declared.body.get(key) for key in (*_VERSIONS, *("version",) * (declared in given)))
            yield from ((one.literal or "") for one in version if one)


def plural(kind: str) -> str:
    """The name of a resource, by the name of its kind."""
    name = kind.lower()
    if name == "endpoints":
        return name
    if re.search(r"[^aeiou]y$", name):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch", "sh")) else f"{name}s"
