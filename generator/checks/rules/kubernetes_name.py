"""Names and labels of Kubernetes objects have the form that is asked for

The API server refuses names with capitals, underscores or spaces: those of objects have small letters, digits, `-`
and `.`, those of Services, containers and volumes no `.`, those of ports at most 15 characters. Labels may have
capitals, `_` and `.` within, and at most 63 characters. A name such as `_` or `NAME`, in whose place another tool puts
one, is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_PART = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_FORMS = {
    "name": (re.compile(rf"{_PART}(\.{_PART})*"), 253, "small letters, digits, - and ."),
    "short": (re.compile(_PART), 63, "small letters, digits and -"),
    "service": (re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?"), 63, "small letters, digits and -, a letter first"),
    "port": (re.compile(r"(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*"), 15, "small letters, digits and -"),
    "label": (re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?"), 63, "letters, digits, -, _ and . within"),
    "key": (
        re.compile(rf"({_PART}(\.{_PART})*/)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"), 317,
        "letters, digits, -, _ and . within, after a domain and /",
    ),
}  # fmt: skip
_PLACE = re.compile(r"[A-Z_]+")
_PART_LATER = re.compile(r"(?:^|-)[A-Z][A-Z_]{4,}(?:-|$)")
_FREE = ("rbac.authorization.k8s.io", "apiregistration.k8s.io")
"""Groups whose objects may have any name."""


def files(sources: Sources) -> Iterator[str]:
    return iter(kubernetes.by_path(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in kubernetes.by_path(sources)[path]:
        for what, form, node in (*_object(one), *_pod(one)):
            pattern, most, words = _FORMS[form]
            later = kubernetes.is_put_in_later(node.text) and not ("${" in node.text and is_ours(sources))
            part = _PART_LATER.search(node.text) and not is_ours(sources)
            if later or (form != "label" and (part or _PLACE.fullmatch(node.text))):
                continue
            if len(node.text) > most:
                message = f"{what} {node.text} has {len(node.text)} characters, and may have {most}"
                yield at(node, message, f"Write {most} characters or fewer.")
            elif not pattern.fullmatch(node.text) and (node.text or form not in ("name", "short", "service", "port")):
                yield at(node, f"{what} {node.text!r} may have {words} alone", _fix(node.text, form))


def _fix(given: str, form: str) -> str:
    """The nearest name of the form."""
    if "${" in given:
        return f"Write the name itself: nothing fills in {given}."
    pattern, most, words = _FORMS[form]
    plain = given if form in ("label", "key") else given.lower()
    near = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")
    near = near if pattern.fullmatch(near) else f"port-{near}"
    return (
        f"Write {near}."
        if near.isascii() and len(near) <= most and pattern.fullmatch(near)
        else f"Write {words} alone."
    )


def _object(one: Manifest) -> Iterator[tuple[str, str, Node]]:
    name = one.node.at("metadata", "name")
    if one.group not in _FREE:
        form = {"Service": "service" if one.group == "" else "name", "Namespace": "short"}.get(one.kind, "name")
        yield f"the name of {one.kind}", form, name
    namespace = one.node.at("metadata", "namespace")
    if namespace:
        yield f"the namespace of {one.kind}", "short", namespace
    yield from _labels(one.node.at("metadata", "labels"))
    spec = one.node.at("spec")
    yield from _labels(spec.at("selector") if one.kind == "Service" else spec.at("selector", "matchLabels"))
    for port in spec.at("ports").items if one.kind == "Service" else ():
        yield "the name of port", "short", port.at("name")


def _pod(one: Manifest) -> Iterator[tuple[str, str, Node]]:
    if one.kind not in kubernetes.WORKLOADS:
        return
    yield from _labels(one.pod.at("metadata", "labels")) if one.kind != "Pod" else ()
    for container in one.containers:
        yield "the name of container", "short", container.at("name")
        yield from (("the name of port", "port", port.at("name")) for port in container.at("ports").items)
    for volume in one.pod.at("spec", "volumes").items:
        yield "the name of volume", "short", volume.at("name")


def _labels(labels: Node) -> Iterator[tuple[str, str, Node]]:
    yield from (("the name of label", "key", key) for key in labels.keys)
    yield from (("the label", "label", value) for value in labels.map.values())
