"""YAML values are what they look like

Without quotes `1.20` is the number 1.2, and a version of years ago is installed. Kubernetes reads `yes`,
`no`, `on` and `off` as true and false, `010` as eight and `1_000` as a thousand, and refuses them where a
text must be: in a ConfigMap, a label, a variable. A mode such as `644` is a decimal number, not the octal
`0644`. Put text in quotes. What the schemas of Kubernetes' own kinds say of texts, `kubernetes-schema` tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import compose, kubernetes
from generator.checks.models import kubernetes_schema as schemas
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, text

FORMAT = Format.YAML

# What of all this a file must have for a look at its values to be worth while.
_HINT: Final = re.compile(
    r"[:\[,{-][ \t]*(?:\d+\.\d+0|[-+]?0\d+|\d[\d_]*_[\d_]+|(?i:yes|no|on|off))[ \t]*(?:[,\]}#]|$)|ode: *[1-9]\d\d",
    re.MULTILINE,
)
_CUT: Final = re.compile(r"\d+\.\d+0")
_VERSIONS: Final = re.compile(
    r"(?i)(?:.*version|tag|image-?tag|revision|python|node|go|java|ruby|php|dotnet|rust|terraform)"
)
_WORDS: Final = frozenset(("yes", "no", "on", "off"))
_ODD: Final = re.compile(r"[-+]?(?:0\d+|\d[\d_]*_[\d_]*)")
_TEXTS: Final = frozenset(("stringData", "labels", "annotations", "matchLabels", "nodeSelector"))
_MODES: Final = ("defaultMode", "mode")


def files(sources: Sources) -> Iterator[str]:
    others = set(compose.paths(sources))
    return (path for path in yaml.paths(sources) if path not in others)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if not _HINT.search(text(sources, path)):
        return
    ours = path.startswith(".github/")
    for document in yaml.parse(sources, path).documents:
        manifest = document.at("apiVersion").text and document.at("kind").text and not ours
        for key, node in _values(document, ""):
            if _is_plain(node) and _VERSIONS.fullmatch(key) and _CUT.fullmatch(node.text):
                yield at(node, f"{key} is the number {float(node.text):g}, not {node.text}", f'Write "{node.text}".')
        if manifest:
            yield from _manifest(document, texts=not _has_schema(sources, path, document))


def _is_plain(node: Node) -> bool:
    return bool(node.text) and not node.raw.style


def _values(node: Node, key: str) -> Iterator[tuple[str, Node]]:
    """Each value with the nearest key above it."""
    if node.text:
        yield key, node
    for name, child in node.map.items():
        yield from _values(child, name)
    for child in node.items:
        yield from _values(child, key)


def _has_schema(sources: Sources, path: str, document: Node) -> bool:
    """Whether `kubernetes-schema` tells what must be a text: by the schema of the object's kind."""
    minors = kubernetes.cluster_versions(sources) or schemas.minors()
    own = (one for one in kubernetes.by_path(sources).get(path, ()) if one.node.raw is document.raw)
    return any(schemas.has(one.type, minor) for one in own for minor in minors)


def _manifest(document: Node, *, texts: bool) -> Iterator[Flaw]:
    for place, node in _texts(document, document.at("kind").text) if texts else ():
        if _is_plain(node) and (node.text.lower() in _WORDS or _ODD.fullmatch(node.text)):
            yield at(node, f"{place} is not the text {node.text} for Kubernetes", f'Write "{node.text}".')
    for node in document.walk():
        for key in _MODES:
            mode = node.at(key)
            if _is_plain(mode) and re.fullmatch(r"[1-7][0-7]{2}", mode.text) and int(mode.text) > 0o777:
                yield at(mode, f"{key} {mode.text} is a decimal number, and no mode", f"Write 0{mode.text}.")


def _texts(document: Node, kind: str) -> Iterator[tuple[str, Node]]:
    """The values of a manifest that must be text, with their keys."""
    if kind == "ConfigMap":
        yield from document.at("data").map.items()
    for node in document.walk():
        for key in _TEXTS & set(node.map):
            yield from node.at(key).map.items()
        for item in node.at("env").items:
            yield item.at("name").text, item.at("value")
