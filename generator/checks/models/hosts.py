"""The hosts by which users reach the services of a repository, and where they are named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from generator.checks.formats import hcl, yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import built_forms, github, release_table
from generator.checks.models.credentials import is_test
from generator.checks.models.environments import answered
from generator.checks.source import Sources, folder, lines, name, shared

_HOST: Final = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?=[/:\"'\s,\]}]|$)")

_LABEL: Final = re.compile(r"^\s*service: [\"']?([\w-]+)[\"']?\s*$")
_NEXT: Final = 3
"""Lines behind an address in which its label stands."""


@dataclass(frozen=True, slots=True)
class Named:
    """A host at one place."""

    host: str
    where: str
    """How a message names the place."""
    path: str
    line: int
    column: int
    of: tuple[str, str] = ("", "")
    """The environment and the service; "" where the place does not say."""

    @property
    def label(self) -> str:
        """The first label: that of the service."""
        return self.host.partition(".")[0]

    @property
    def place(self) -> str:
        """The place as the message at another one names it."""
        return f"{self.where} ({self.path}:{self.line})"


@dataclass(frozen=True, slots=True)
class Route:
    """A host of an HTTPRoute, whole or a patch of one."""

    route: str
    node: Node
    path: str
    overlay: str
    """The folder below `overlays/` that it lies in; "" for none."""


@shared
def routes(sources: Sources) -> tuple[Route, ...]:
    """The plain hosts of all HTTPRoutes."""
    return tuple(_routes(sources))


def _routes(sources: Sources) -> Iterator[Route]:
    for path in yaml.paths(sources):
        if b"kind: HTTPRoute" not in sources.tree[path].content:
            continue
        overlay = re.search(r"(?:^|/)(overlays/[^/]+)/", path)
        for document in yaml.parse(sources, path).documents:
            if document.at("kind").text == "HTTPRoute":
                for item in document.at("spec", "hostnames").items:
                    route = document.at("metadata", "name").text
                    # Ours that an overlay replaces end so.
                    if _HOST.fullmatch(item.text) and not item.text.endswith((".invalid", ".test", ".local")):
                        yield Route(route, item, path, overlay[1] if overlay else "")


@shared
def named(sources: Sources) -> tuple[Named, ...]:
    """Every place that names a host of a service: routes, release scripts, Terraform, workflows, probes."""
    return tuple(_named(sources))


def _named(sources: Sources) -> Iterator[Named]:
    for one in routes(sources):
        where = f"HTTPRoute {one.route}"
        of = (name(one.overlay), one.route) if one.overlay else ("", "")
        yield Named(one.node.text, where, one.path, one.node.line, one.node.column, of)
    for row in release_table.routes(sources):
        of = (row.words[0], row.words[1])
        yield Named(row.words[3], "RELEASE_ROUTES", release_table.PATH, row.line, row.column(3), of)
    for path in sources.ending(".tfvars"):
        given = hcl.parse(sources, path).body.get("service_hosts")
        for service, _, value in hcl.entries(given.value) if given and not is_test(path) else ():
            host = hcl.literal(value)
            if host:
                line, column = hcl.place(value)
                of = (name(path).removesuffix(".tfvars"), service or "")
                yield Named(host, "service_hosts", path, line, column + 1, of)
    for path in github.workflow_paths(sources):
        yield from _quoted(sources, path, re.compile(r"\b(?:url|host)\"?:\s"), name(path))
    for path in yaml.paths(sources):
        if b"- https://" in sources.tree[path].content and not path.startswith(".github/"):
            for probed in _quoted(
                sources, path, re.compile(r"^\s*- [\"']?https://"), f"a probe in {name(folder(path))}"
            ):
                yield replace(probed, of=(_environment(sources, path), labelled(lines(sources, path), probed.line)))


def _quoted(sources: Sources, path: str, line_with: re.Pattern[str], where: str) -> Iterator[Named]:
    for number, line in enumerate(lines(sources, path), 1):
        if line_with.search(line) and not line.lstrip().startswith("#"):
            for match in _HOST.finditer(line):
                yield Named(match[1], where, path, number, match.start(1) + 1)


def _environment(sources: Sources, path: str) -> str:
    """The environment that a file is of, by its name or a folder's."""
    parts = path.rpartition(".")[0].split("/")
    return next((one for one in answered(sources) if one in parts), "")


def labelled(rows: Sequence[str], line: int) -> str:
    """The service of what is probed at a line: the label behind it."""
    return next((match[1] for row in rows[line : line + _NEXT] if (match := _LABEL.match(row))), "")


@shared
def listeners(sources: Sources) -> dict[str, tuple[str, ...]]:
    """The hosts of the listeners of each Gateway, of all its forms; none for one with a listener for any host."""
    found: dict[str, tuple[str, ...]] = {}
    for forms in built_forms.of_kind(sources, "Gateway"):
        listeners = [entry for _, one in forms for entry in one.manifest.node.at("spec", "listeners").items]
        hosts = [entry.at("hostname").text for entry in listeners if entry.at("protocol").text != "HTTP"]
        unclear = any(one.unclear for _, one in forms) or any(sign in host for host in hosts for sign in "${}")
        for gateway in {one.manifest.name for _, one in forms}:
            found[gateway] = () if unclear or not all(hosts) or gateway in found else tuple(dict.fromkeys(hosts))
    return found


def takes(listener: str, host: str) -> bool:
    """Whether a listener's host is another, or a wildcard above it."""
    return listener == host or (listener.startswith("*.") and host.endswith(listener[1:]))
