"""Alertmanager's configuration is well formed, and its routes lead to receivers

Alertmanager does not start with an unknown key or a route to a receiver or time interval that does
not exist. A receiver that no route leads to is never told anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import prometheus
from generator.checks.models.prometheus_schema import schema
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources
from generator.finding import Severity

FORMAT = Format.PROMETHEUS

files = prometheus.alertmanagers


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    yield from schema("alertmanager").flaws(root)
    receivers = {item.at("name").text: item for item in root.at("receivers").items}
    intervals = {i.at("name").text for key in ("time_intervals", "mute_time_intervals") for i in root.at(key).items}
    used = set()
    for route in _routes(root.at("route")):
        receiver = route.at("receiver")
        used.add(receiver.text)
        if receiver and receiver.text not in receivers:
            near = did_you_mean(receiver.text, receivers)
            yield at(receiver, f"there is no receiver {receiver.text}{near}")
        for key in ("mute_time_intervals", "active_time_intervals"):
            for node in route.at(key).items:
                if node.text not in intervals:
                    yield at(node, f"there is no time interval {node.text}")
    for name, node in receivers.items():
        if name not in used:
            yield Flaw(node.line, f"no route leads to the receiver {name}", severity=Severity.WARNING)


def _routes(route: Node) -> Iterator[Node]:
    yield route
    for inner in route.at("routes").items:
        yield from _routes(inner)
