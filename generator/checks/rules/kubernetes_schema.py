"""Kubernetes objects fit the schema of the cluster's version

The API server refuses unknown fields, wrong types, words and numbers out of their bounds. Every object is judged by the
strict schema of the Kubernetes version that the answers or the Terraform choose, a kind that this version has no more
included; where neither says a version, by the newest that has the kind. Custom resources are judged by the schema
of their definition, where it is recorded; a field that another version of the definition may have is a warning.
Patches of parts of objects are judged by what stands in them. Values that another tool puts in later (`${PORT}`) are
not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from generator.checks.formats.schema import Schema
from generator.checks.models import kubernetes, kustomize
from generator.checks.models import kubernetes_schema as schemas
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kubernetes_world import provided
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, did_you_mean
from generator.checks.source import Sources, lines
from generator.finding import Severity
from generator.spelling import Guess

FORMAT = Format.KUBERNETES

_DECIMAL_MODE = re.compile(r": [1-7][0-7]{2} is greater than the maximum of 511$")
"""A mode such as 644, of which `yaml-trap` says how it is written."""
_NO_OBJECT = ("v1/Config", "v1/List")
"""The access to a cluster, and several objects in one document."""


def files(sources: Sources) -> Iterator[str]:
    return iter(dict.fromkeys((*kubernetes.by_path(sources), *kustomize.patch_files(sources))))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from dict.fromkeys(_patches(sources, path))
    for manifest in kubernetes.by_path(sources).get(path, []):
        if kubernetes.built_in(manifest):
            yield from _native(sources, manifest)
        else:
            yield from _custom(sources, manifest)


def _native(sources: Sources, manifest: Manifest) -> Iterator[Flaw]:
    chosen = kubernetes.cluster_versions(sources)
    minor = next((one for one in chosen or schemas.minors() if schemas.has(manifest.type, one)), "")
    schema = schemas.compiled(manifest.type, minor) if minor else None
    if schema:
        yield from _flaws(sources, schema, manifest)
    elif manifest.type not in _NO_OBJECT and not kubernetes.is_put_in_later(manifest.type):
        flaw = _unknown(manifest, chosen or schemas.minors())
        # A kind of the core that is like none of it belongs to a tool that reads its own files.
        yield from [flaw] if manifest.group or flaw.near else []
    if minor and minor != schemas.minors()[0] and not chosen:
        flaw = _unknown(manifest, schemas.minors())
        yield replace(flaw, message=f"{flaw.message}; {minor} was the last", severity=Severity.WARNING)


def _patches(sources: Sources, path: str) -> Iterator[Flaw]:
    """What is wrong with the parts of objects that patches are."""
    for user, patch in kustomize.patch_files(sources).get(path, []):
        document = patch.document
        if _becomes_another(sources, user, document.at("kind").text):
            continue
        type_ = f"{document.at('apiVersion').text}/{document.at('kind').text}"
        chosen = kubernetes.cluster_versions(sources) or schemas.minors()
        minor = next((one for one in chosen if schemas.has(type_, one)), "")
        schema = schemas.compiled(type_, minor) if minor else schemas.custom(type_)
        value = _without_directives(document.old_value)
        for flaw in schema.flaws(document, value, kubernetes.is_put_in_later, part=True) if schema else ():
            sure = minor or type_ in provided(sources) or flaw.near
            severity = Severity.ERROR if sure else Severity.WARNING
            yield replace(flaw, severity=severity)


def _becomes_another(sources: Sources, kustomization: str, kind: str) -> bool:
    """Whether objects of a kind are given another one: then a patch may have what that one has."""
    changed = (one for one in kustomize.patches(sources, kustomization) if kustomize.new_kinds(one))
    return any(kustomize.fits(one.target.at("kind").text, kind) for one in changed)


def _without_directives(value: Any) -> Any:
    """A patch without what it says of itself, such as `$patch: delete`."""
    if isinstance(value, list):
        return [_without_directives(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _without_directives(inner) for key, inner in value.items() if not key.startswith("$")}


def _flaws(sources: Sources, schema: Schema, manifest: Manifest) -> Iterator[Flaw]:
    """What is wrong with an object; the kustomizations of others may fill in what is missing, such as selectors."""
    completed = manifest.path in kustomize.users(sources) and not is_ours(sources)
    part = completed or "patch" in manifest.path or "override" in manifest.path
    value = _without_times(manifest.node.old_value)
    written = lines(sources, manifest.path)
    for flaw in schema.flaws(manifest.node, value, kubernetes.is_put_in_later, part=part):
        # For YAML `: ##` begins a comment, and for the script that puts a value there it is a mark.
        if ": ##" not in written[flaw.line - 1] and not _DECIMAL_MODE.search(flaw.message):
            yield flaw


def _without_times(value: Any) -> Any:
    """An object without `creationTimestamp: null`, which Kubernetes' own tools write."""
    if isinstance(value, list):
        return [_without_times(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {k: _without_times(v) for k, v in value.items() if v is not None or k != "creationTimestamp"}


def _unknown(manifest: Manifest, minors: tuple[str, ...]) -> Flaw:
    known = [kind for kind in schemas.kinds() if schemas.has(kind, minors[0])]
    same = sorted((kind for kind in known if kind.endswith(f"/{manifest.kind}")), reverse=True)
    same.sort(key=lambda kind: _rank(kind, manifest))
    near = Guess(same[0]) if same else did_you_mean(manifest.type, known)
    version, _, kind = near.name.rpartition("/")
    message = f"Kubernetes {minors[0]} has no {manifest.kind} in {manifest.api_version}"
    message += f"; use {version}" if same else str(near)
    written = f"Write `apiVersion: {version}`" + ("." if same else f" and `kind: {kind}`.")
    fix = written if near else f"Take it out, or add what brings {manifest.kind}."
    return Flaw(manifest.node.key_line("apiVersion"), message, fix, manifest.node.column, near=near)


def _rank(kind: str, manifest: Manifest) -> tuple[bool, bool, bool]:
    """What comes first is what takes the place of a kind: of its own group, stable and newest."""
    version = kind.rpartition("/")[0]
    early = "alpha" in version or "beta" in version
    return version.rpartition("/")[0] != manifest.group, "events.k8s.io" in version, early


def _custom(sources: Sources, manifest: Manifest) -> Iterator[Flaw]:
    schema = schemas.custom(manifest.type)
    for flaw in _flaws(sources, schema, manifest) if schema else ():
        sure = manifest.type in provided(sources) or flaw.near
        yield flaw if sure else replace(flaw, severity=Severity.WARNING)
