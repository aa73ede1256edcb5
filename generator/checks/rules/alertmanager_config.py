"""Alertmanager's configuration is well formed, and its routes lead to receivers

Alertmanager does not start with an unknown key, a matcher that is none, two receivers of one name, or a route to a
receiver or time interval that does not exist. A receiver that no route leads to is never told anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import alertmanager, prometheus
from generator.checks.models.alertmanager_schema import flaws
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources
from generator.finding import Severity

FORMAT = Format.PROMETHEUS

files = prometheus.alertmanagers


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    yield from flaws(root)
    yield from _receivers(root)
    intervals = {i.at("name").text for key in ("time_intervals", "mute_time_intervals") for i in root.at(key).items}
    for route in alertmanager.routes(root.at("route")):
        for key in ("mute_time_intervals", "active_time_intervals"):
            for node in route.at(key).items:
                if node.text not in intervals:
                    near = did_you_mean(node.text, intervals)
                    message = f"there is no time interval {node.text}"
                    yield at(node, message, f"Define {node.text} under `time_intervals`.", near)
    for node in alertmanager.texts(root):
        if alertmanager.parsed(node) is None and "{{" not in node.text:
            yield at(node, f"{node.text} is no matcher", 'Write one such as severity = "critical".')
    for matcher in alertmanager.every(sources, path):
        error = prometheus.regex_error(matcher.value) if matcher.operator.endswith("~") else ""
        if error:
            yield at(matcher.node, f"{matcher.value} is no pattern: {error}", prometheus.NO_PATTERN)


def _receivers(root: Node) -> Iterator[Flaw]:
    receivers: dict[str, Node] = {}
    for item in root.at("receivers").items:
        name = item.at("name")
        if name.text in receivers:
            message = f"receiver {name.text} is already defined in line {receivers[name.text].line}"
            yield at(name, message, "Give it another name, or join the two.")
        receivers.setdefault(name.text, item)
    used = set()
    for route in alertmanager.routes(root.at("route")):
        receiver = route.at("receiver")
        used.add(receiver.text)
        if receiver and receiver.text not in receivers:
            near = did_you_mean(receiver.text, receivers)
            yield at(receiver, f"there is no receiver {receiver.text}", f"Add {receiver.text} under `receivers`.", near)
    for known, node in receivers.items():
        if known not in used:
            message = f"no route leads to the receiver {known}"
            yield at(node, message, f"Add a route with `receiver: {known}`, or remove it.", severity=Severity.WARNING)
