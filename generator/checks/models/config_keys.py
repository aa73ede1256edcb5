"""The keys of ConfigMaps and Secrets, as far as the tree says."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, kustomize
from generator.checks.source import Sources, shared

_FIELDS = ("data", "stringData", "binaryData", "encryptedData")


@shared
def keys(sources: Sources, kind: str) -> dict[str, set[str]]:
    """The keys of each ConfigMap or Secret by its name; those are left out whose keys something else makes."""
    found: dict[str, set[str]] = {}
    unknown: set[str] = set()
    for name, own in (*_written(sources, kind), *_generated(sources, kind), *_external(sources, kind)):
        found.setdefault(name, set()).update(own or ())
        unknown |= {name} if own is None else set()
    for name, own in _patched(sources, kind):
        for one in [name] if name else list(found):
            found.setdefault(one, set()).update(own)
    return {name: own for name, own in found.items() if name not in unknown}


def _written(sources: Sources, kind: str) -> Iterator[tuple[str, set[str] | None]]:
    for one in kubernetes.of_kind(sources, kind):
        yield one.name, {key for field in _FIELDS for key in one.node.at(field).map} or None


def _generated(sources: Sources, kind: str) -> Iterator[tuple[str, set[str] | None]]:
    """What generators make: of files by their names or the names given, of literals; of files of variables unknown."""
    for root in kubernetes.kustomizations(sources).values():
        for generator, made in kubernetes.GENERATED.items():
            for entry in root.at(generator).items if made == kind else ():
                named = {_file_key(node.text) for node in entry.at("files").items}
                named |= {node.text.partition("=")[0] for node in entry.at("literals").items}
                is_open = entry.at("envs") or entry.at("env") or entry.at("behavior").text in ("merge", "replace")
                yield entry.at("name").text, None if is_open else named


def _file_key(text: str) -> str:
    name, equals, _ = text.partition("=")
    return name if equals else text.rpartition("/")[2]


def _external(sources: Sources, kind: str) -> Iterator[tuple[str, set[str] | None]]:
    """The Secrets that other objects make."""
    for one in kubernetes.of_kind(sources, "ExternalSecret", "SealedSecret", "Certificate") if kind == "Secret" else ():
        spec = one.node.at("spec")
        name = kubernetes.secret_of(one)
        if one.kind == "ExternalSecret":
            is_open = spec.at("dataFrom") or spec.at("target", "template", "templateFrom")
            own = {entry.at("secretKey").text for entry in spec.at("data").items}
            yield name, None if is_open else own | set(spec.at("target", "template", "data").map)
        elif one.kind == "SealedSecret":
            yield name, set(spec.at("encryptedData").map)
        else:
            yield name, None
    for entry in kubernetes.provided_secrets(sources) if kind == "Secret" else ():
        yield entry.at("secretName").text, {item.at("key").text for item in entry.at("data").items} or None


def _patched(sources: Sources, kind: str) -> Iterator[tuple[str, set[str]]]:
    """The keys that patches add, by the name of the object; "" where only a pattern says which."""
    for entries in kustomize.patch_files(sources).values():
        for _, patch in entries:
            target = patch.target or patch.document
            if kustomize.fits(target.at("kind").text, kind):
                name = (patch.target or patch.document.at("metadata")).at("name").text
                yield name if name.replace("-", "").isalnum() else "", _keys_of(patch.document)


def _keys_of(document: Node) -> set[str]:
    own = {key for field in _FIELDS for key in document.at(field).map}
    for operation in document.items:
        way = operation.at("path").text.split("/")[1:]
        if way[:1] == ["data"]:
            own |= {way[1].replace("~1", "/")} if len(way) > 1 else set(operation.at("value").map)
    return own
