"""What Prometheus asks at fixed places: hosts with a port, and the containers of its own task."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.dockerfile_facts import running
from generator.checks.source import Sources, shared, text

_HOST: Final = re.compile(
    r"(?!tasks\.)([a-z][a-z0-9-]*)(?:\.([a-z0-9-]+)(?:\.svc(?:\.cluster\.local)?)?)?\.?(?::(\d+))?"
)
_LISTENS: Final = re.compile(r"listen-address=(?:127\.0\.0\.1|0\.0\.0\.0|localhost)?:(\d+)\"")


@dataclass(frozen=True, slots=True)
class Target:
    """A host that is asked."""

    host: str
    port: str
    place: Node
    port_place: Node
    namespace: str = ""
    """The namespace that the name gives, or what else stands behind the first dot."""


def targets(sources: Sources, path: str) -> Iterator[Target]:
    """The fixed targets of jobs and Alertmanagers: by name, by DNS, by what relabelling puts there."""
    root = yaml.root(sources, path)
    for job in (*root.at("scrape_configs").items, *root.at("alerting", "alertmanagers").items):
        for group in job.at("static_configs").items:
            for item in group.at("targets").items:
                yield from _target(item, item, item.text)
        for config in job.at("dns_sd_configs").items:
            port = config.at("port")
            for item in config.at("names").items if config.at("type").text in ("A", "AAAA") else ():
                yield from _target(item, port, f"{item.text}:{port.text}")
        for rule in job.at("relabel_configs").items:
            replacement = rule.at("replacement")
            if rule.at("target_label").text == "__address__" and not rule.at("source_labels"):
                yield from _target(replacement, replacement, replacement.text)


def _target(place: Node, port_place: Node, text: str) -> Iterator[Target]:
    match = _HOST.fullmatch(text)
    if match and match[3]:
        yield Target(match[1], match[3], place, port_place, match[2] or "")


@shared
def ports(sources: Sources) -> dict[str, set[str]]:
    """The ports of each Service; none known for a service of compose, unless `PORT` tells it its own."""
    found: dict[str, set[str]] = {}
    for service in kubernetes.of_kind(sources, "Service"):
        headless = service.node.at("spec", "clusterIP").text == "None"
        keys = ("port", "targetPort") if headless else ("port",)
        own = {port.at(key).text for port in service.node.at("spec", "ports").items for key in keys}
        found.setdefault(service.name, set()).update(own - {""})
    for one in running(sources):
        aliases = [
            item.text for network in one.node.at("networks").map.values() for item in network.at("aliases").items
        ]
        for name in (one.name, one.node.at("container_name").text, one.node.at("hostname").text, *aliases):
            found[name] = set()
    return found


@shared
def told(sources: Sources) -> dict[str, set[str]]:
    """The ports of the services of compose files that are told theirs, with all that they expose and publish.

    Those of a Service of the same name count, too: the configuration may be that of the cluster.
    """
    found: dict[str, set[str]] = {}
    cluster: dict[str, set[str]] = {}
    for service in kubernetes.of_kind(sources, "Service"):
        own = {port.at("port").text for port in service.node.at("spec", "ports").items}
        cluster.setdefault(service.name, set()).update(own)
    for one in running(sources):
        if one.port:
            exposed = {item.text for item in one.node.at("expose").items}
            own = {one.port.text.removeprefix("PORT="), *exposed, *(target for target, _ in one.targets)}
            found.setdefault(one.name, set()).update(own | cluster.get(one.name, set()))
    return found


@shared
def made_elsewhere(sources: Sources) -> bool:
    """Whether charts or other repositories bring objects that the tree does not show."""
    kinds = ("HelmRelease", "Application", "ApplicationSet", "HelmChart", "Kustomization")
    if kubernetes.of_kind(sources, *kinds) or any(path.endswith("Chart.yaml") for path in sources.tree):
        return True
    if any(b"helm_release" in sources.tree[path].content for path in sources.ending(".tf")):
        return True
    roots = kubernetes.kustomizations(sources).values()
    return any(
        root.at("helmCharts") or any("://" in item.text or "?ref=" in item.text for item in root.at("resources").items)
        for root in roots
    )


@shared
def beside(sources: Sources) -> frozenset[str]:
    """The ports on which the containers of Prometheus' own task listen, by their arguments; none where nothing says.

    A task is clear where one file of Terraform gives three or more containers their address, Prometheus among them.
    """
    for path in sources.ending(".tf"):
        content = text(sources, path)
        found = _LISTENS.findall(content)
        if len(found) > 2 and "prometheus.yml" in content and "9090" in found:
            return frozenset(found)
    return frozenset()
