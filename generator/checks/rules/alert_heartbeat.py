"""The heartbeat is repeated before the outside check gives up

An alert that always fires is sent to an outside check, which raises the alarm when it hears nothing. Where Alertmanager
repeats it less often than the check waits, the alarm is raised again and again, until somebody switches it off. The
check that the to-do list asks for waits for 15 minutes: keep `repeat_interval` and `group_interval` of the heartbeat's
route below that. Judged in repositories that agency-scaffold generated.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import alertmanager, prometheus
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared
from generator.monitored import HEARTBEAT_MINUTES

FORMAT = Format.PROMETHEUS

_INTERVALS = ("repeat_interval", "group_interval")


def files(sources: Sources) -> list[str]:
    return prometheus.alertmanagers(sources) if _always(sources) else []


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if is_ours(sources):
        yield from _routes(sources, yaml.root(sources, path).at("route"), {})


@shared
def _always(sources: Sources) -> frozenset[str]:
    """The alerts that always fire."""
    return frozenset(
        rule.alert
        for rule in prometheus.rules(sources)
        if rule.alert and rule.node.at("expr").text.replace(" ", "") == "vector(1)"
    )


def _routes(sources: Sources, route: Node, above: dict[str, Node]) -> Iterator[Flaw]:
    """What is wrong with the routes of heartbeats; an interval that a route does not have is that above it."""
    own = {**above, **{key: node for key in _INTERVALS if (node := route.at(key))}}
    named = [word for one in alertmanager.matchers(route) if one.label == "alertname" for word in one.words]
    if named and _always(sources).issuperset(named):
        for key, node in own.items():
            if prometheus.seconds(node.text) > 60 * HEARTBEAT_MINUTES:
                message = (
                    f"{named[0]} is sent every {node.text}, and the outside check waits {HEARTBEAT_MINUTES} minutes"
                )
                place = route.at(key) or route
                yield at(place, message, f"Write `{key}` of a few minutes in the route of {named[0]}.")
    for inner in route.at("routes").items:
        yield from _routes(sources, inner, own)
