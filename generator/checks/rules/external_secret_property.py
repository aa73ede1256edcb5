"""The keys of a service's secret are those that its values name

`services` in the variables of Terraform names the keys of each service's secret; people put in the values of these and
no others. A key that an ExternalSecret asks for and nobody named is empty, or keeps its Secret from being made; one
that is named and that nothing hands on reaches no service. Name it on both sides. Only where the repository has such
values, as agency-scaffold writes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generator.checks.formats import hcl
from generator.checks.formats import json as json_format
from generator.checks.formats.yaml import Node
from generator.checks.models import credentials, kubernetes
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES


@dataclass(frozen=True, slots=True)
class Key:
    """A key that the values of an environment name for a service's secret."""

    service: str
    name: str
    path: str
    line: int
    column: int


def files(sources: Sources) -> Iterator[str]:
    if named(sources):
        yield from kubernetes.files_of(sources, "ExternalSecret")
        yield from sorted({key.path for key in named(sources) if key.service in handed_on(sources)})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path.endswith(".tfvars"):
        yield from _unread(sources, path)
        return
    known = {service: {key.name for key in named(sources) if key.service == service} for service in services(sources)}
    for service, entry, place in _entries(sources, path):
        if service in known and place.text not in known[service]:
            same = entry.at("secretKey").text == place.text
            message = f"no values of Terraform name the key {place.text} of the secret of {service}"
            fix = f"Add it to services.{service}.secrets in the .tfvars files, or correct it here."
            yield at(entry.at("secretKey") if same else place, message, fix, did_you_mean(place.text, known[service]))


def _unread(sources: Sources, path: str) -> Iterator[Flaw]:
    known = {key.name for key in named(sources)}
    for key in named(sources):
        read = handed_on(sources).get(key.service)
        # Where something asks for a key like it that nobody named, that is the mistake, and told there.
        astray = did_you_mean(key.name, set(read or ()) - known)
        if key.path == path and read is not None and key.name not in read and not astray:
            message = f"nothing hands {key.name} on to {key.service}: neither an ExternalSecret nor a task asks for it"
            fix = f"Ask for {key.name} in the ExternalSecret or the task of {key.service}, or remove it."
            yield at(key, message, fix, did_you_mean(key.name, read))


@shared
def named(sources: Sources) -> tuple[Key, ...]:
    """The keys that values name, in each environment."""
    paths = [path for path in sources.ending(".tfvars") if is_ours(sources) and not credentials.is_test(path)]
    return tuple(key for path in paths for key in _named(sources, path))


def _named(sources: Sources, path: str) -> Iterator[Key]:
    for service, inner in _services(sources, path):
        for name, _, value in hcl.entries(inner):
            for item in hcl.elements(value) if name == "secrets" else ():
                text = hcl.literal(item)
                if text:
                    yield Key(service, text, path, *hcl.place(item))


def _services(sources: Sources, path: str) -> Iterator[tuple[str, Any]]:
    given = hcl.parse(sources, path).body.get("services")
    for service, _, inner in hcl.entries(given.value) if given else ():
        if service and any(name == "secrets" for name, _, _ in hcl.entries(inner)):
            yield service, inner


@shared
def services(sources: Sources) -> frozenset[str]:
    """The services whose values name keys, be it none."""
    return frozenset(service for path in sources.ending(".tfvars") for service, _ in _services(sources, path))


def _entries(sources: Sources, path: str) -> Iterator[tuple[str, Node, Node]]:
    """(service, entry, property) of what the ExternalSecrets of a file read one by one."""
    for secret in kubernetes.in_file(sources, path, "ExternalSecret"):
        for entry in secret.node.at("spec", "data").items:
            service = entry.at("remoteRef", "key").text.rpartition("/")[2]
            place = entry.at("remoteRef", "property")
            if place.text:
                yield service, entry, place


@shared
def handed_on(sources: Sources) -> dict[str, frozenset[str]]:
    """The keys that reach each service: by an ExternalSecret, or by a task definition."""
    found: dict[str, set[str]] = {}
    for path in kubernetes.files_of(sources, "ExternalSecret"):
        for service, _, place in _entries(sources, path):
            found.setdefault(service, set()).add(place.text)
    for path in sources.ending(".json"):
        if b'"containerDefinitions"' in sources.tree[path].content:
            for service, name in _of_task(json_format.parse(sources, path).value):
                found.setdefault(service, set()).add(name)
    return {service: frozenset(names) for service, names in found.items()}


def _of_task(task: Any) -> Iterator[tuple[str, str]]:
    containers = task.get("containerDefinitions") if isinstance(task, dict) else None
    for container in containers if isinstance(containers, list) else ():
        text = json.dumps(container.get("secrets")) if isinstance(container, dict) else ""
        for key in re.findall(r'"valueFrom": "[^"]*:([A-Za-z0-9_]+)::"', text):
            yield str(container.get("name")), key
