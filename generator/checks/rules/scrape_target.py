"""Fixed targets of Prometheus are Services that exist, on a port that they have

Prometheus shows a target that does not exist as down, and one for Alertmanager as an error in its
log while no alert reaches anyone. A host name must be a Service (or a service of a compose file);
addresses, `localhost` and hosts outside of the cluster are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import compose, kubernetes, prometheus
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, shared

FORMAT = Format.PROMETHEUS


def files(sources: Sources) -> Iterator[str]:
    return (path for path in prometheus.configurations(sources) if ports(sources) and list(_targets(sources, path)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = ports(sources)
    for target, name, port in _targets(sources, path):
        if name not in known:
            yield at(target, f"no Service is named {name}{did_you_mean(name, known)}")
        elif known[name] and port not in known[name]:
            yield at(target, f"Service {name} has no port {port}")


def _targets(sources: Sources, path: str) -> Iterator[tuple[Node, str, str]]:
    """(target, name, port) of the fixed targets inside the cluster."""
    root = yaml.root(sources, path)
    for job in (*root.at("scrape_configs").items, *root.at("alerting", "alertmanagers").items):
        for group in job.at("static_configs").items:
            for target in group.at("targets").items:
                match = re.fullmatch(
                    r"([a-z][a-z0-9-]*)(?:\.[a-z0-9-]+(?:\.svc(?:\.cluster\.local)?)?)?:(\d+)", target.text
                )
                if match and match[1] != "localhost":
                    yield target, match[1], match[2]


@shared
def ports(sources: Sources) -> dict[str, set[str]]:
    """The ports of each Service; none known for the services of compose files."""
    found: dict[str, set[str]] = {}
    for service in kubernetes.of_kind(sources, "Service"):
        own = {port.at("port").text for port in service.node.at("spec", "ports").items}
        found.setdefault(service.name, set()).update(own)
    for path in compose.paths(sources):
        for name in yaml.root(sources, path).at("services").map:
            found[name] = set()
    return found
