"""An object while kustomizations work on it, and which of them a target takes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from generator.checks.formats import patterns
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kustomize import Patch

_SELECTORS: Final = {"labelSelector": "labels", "annotationSelector": "annotations"}


@dataclass(frozen=True, slots=True)
class Built:
    """An object as a kustomization leaves it."""

    source: Manifest
    """As it is written."""
    manifest: Manifest
    """As it is now; its name is the written one."""
    names: tuple[str, ...]
    """Those that kustomizations gave it, the written one first."""
    namespaces: tuple[str, ...]
    """The same; "" where it names none."""
    unclear: bool = False
    """A patch may have changed it, and nobody can tell how."""
    patched: bool = False
    """A patch or the like set one of its values; labels that kustomizations give are none."""

    def became(self, raw: Any) -> Built:
        """The same object with other contents."""
        node, old = Node(raw), self.manifest
        version, kind = node.at("apiVersion").text or old.api_version, node.at("kind").text or old.kind
        name, before = node.at("metadata", "name").text, old.node.at("metadata", "name").text
        names = self.names if name in ("", before) else (*self.names, name)
        return replace(self, manifest=Manifest(old.path, node, version, kind, old.name), names=names)

    @property
    def namespace(self) -> str:
        """The namespace that it is applied to; "" where nothing names one."""
        return self.namespaces[-1]

    def file_of(self, node: Node) -> str:
        """The file in which one of its values was set."""
        return kustomize.file_of(node, self.source.path)

    def is_set(self, node: Node) -> bool:
        """Whether a patch set one of its values."""
        return bool(node) and self.file_of(node) != self.source.path


@dataclass(frozen=True, slots=True)
class Miss:
    """A field that a patch or a replacement wants, and that is not there."""

    path: str
    place: Node
    manifest: Manifest
    field: str
    beside: tuple[str, ...] = ()
    """The fields that are there in its place."""
    fails: bool = True
    """Kustomize refuses it; else it adds the field."""


def selected(one: Built, patch: Patch, kind: str, name: str) -> bool | None:
    """Whether a patch, which wants this kind and name, is for an object; None where nobody can tell."""
    if patch.target:
        return chosen(one, patch.target)
    return one.manifest.kind == kind and name in one.names


def chosen(one: Built, target: Node) -> bool | None:
    """Whether a target takes an object; None where nobody can tell."""
    found: bool | None = True
    for key, given in target.map.items():
        sure = _has(one, key, given.text) if given.text else True
        if sure is False:
            return False
        found = found and sure
    return found


def _has(one: Built, key: str, wanted: str) -> bool | None:
    """Whether an object is what one key of a target wants."""
    if key in _SELECTORS:
        return has_labels(one.manifest.node.at("metadata", _SELECTORS[key]), wanted)
    group, _, version = one.manifest.api_version.rpartition("/")
    own = {
        "kind": (one.manifest.kind,), "name": one.names, "group": (group,), "version": (version,),
        "namespace": tuple(text or "default" for text in one.namespaces),
    }  # fmt: skip
    found = [patterns.fits(wanted, text) for text in own.get(key, ())]
    return True if True in found or key not in own else None if None in found else False


def has_labels(node: Node, selector: str) -> bool | None:
    """Whether labels are those of a selector such as `a=b,c,d!=e`; None for one that is written otherwise."""
    if re.search(r"[^\w./=,! -]", selector) or re.search(r"\s(in|notin)\s", selector):
        return None
    own = kubernetes.labels(node)
    for term in filter(None, selector.split(",")):
        unlike, differs, other = term.partition("!=")
        if differs:
            if own.get(unlike.strip()) == other.strip():
                return False
            continue
        key, equals, value = term.replace("==", "=").partition("=")
        if key.strip().startswith("!"):
            if key.strip().removeprefix("!").strip() in own:
                return False
        elif key.strip() not in own or (equals and own[key.strip()] != value.strip()):
            return False
    return True
