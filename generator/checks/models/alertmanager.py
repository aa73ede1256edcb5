"""Alertmanager's routes: what they match, and where an alert goes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import patterns, yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import prometheus
from generator.checks.source import Sources, shared

_ONE: Final = re.compile(
    r"""\s*(?P<label>[A-Za-z_:][\w:]*|"(?:[^"\\]|\\.)*")\s*(?P<operator>=~|!~|!=|=)\s*"""
    r"""(?P<value>"(?:[^"\\]|\\.)*"|[^\s,{}"'=!~]*)\s*"""
)
_PLAIN: Final = re.compile(r"[\w .:/-]*")


@dataclass(frozen=True, slots=True)
class Matcher:
    """What a label must be."""

    node: Node
    label: str
    operator: str
    """One of =, !=, =~, !~."""
    value: str

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels has it."""
        given = labels.get(self.label, "")
        if self.operator.endswith("~"):
            found = not prometheus.regex_error(self.value) and patterns.fits(self.value, given) is not False
        else:
            found = given == self.value
        return found is (self.operator[0] == "=")

    @property
    def words(self) -> list[str]:
        """The values that it names one by one; none where it has a pattern."""
        values = self.value.split("|") if self.operator.endswith("~") else [self.value]
        return [value for value in values if value and _PLAIN.fullmatch(value)]


def parsed(node: Node) -> tuple[Matcher, ...] | None:
    """The matchers of one text, of which there may be several with commas; None where it is none."""
    text = node.text.strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    found = []
    start = 0
    while start < len(text):
        match = _ONE.match(text, start)
        if not match or (match.end() < len(text) and text[match.end()] != ","):
            return None
        found.append(Matcher(node, match["label"].strip('"'), match["operator"], _unquoted(match["value"])))
        start = match.end() + 1
    return tuple(found) or None


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def texts(root: Node) -> Iterator[Node]:
    """The texts of all matchers of routes and inhibitions."""
    for route in routes(root.at("route")):
        yield from route.at("matchers").items
    for rule in root.at("inhibit_rules").items:
        yield from rule.at("source_matchers").items
        yield from rule.at("target_matchers").items


def routes(route: Node) -> Iterator[Node]:
    """A route and all below it."""
    yield route
    for inner in route.at("routes").items:
        yield from routes(inner)


def matchers(route: Node) -> tuple[Matcher, ...]:
    """What a route matches, in any of the ways to write it."""
    new = (one for node in route.at("matchers").items for one in parsed(node) or ())
    equal = (Matcher(node, label, "=", node.text) for label, node in route.at("match").map.items())
    like = (Matcher(node, label, "=~", node.text) for label, node in route.at("match_re").map.items())
    return (*new, *equal, *like)


@shared
def every(sources: Sources, path: str) -> tuple[Matcher, ...]:
    """All matchers of a configuration, those of inhibitions as well."""
    root = yaml.root(sources, path)
    of_routes = (one for route in routes(root.at("route")) for one in matchers(route))
    other = []
    for rule in root.at("inhibit_rules").items:
        for side in ("source", "target"):
            other += [one for node in rule.at(f"{side}_matchers").items for one in parsed(node) or ()]
            other += [Matcher(node, label, "=", node.text) for label, node in rule.at(f"{side}_match").map.items()]
            other += [Matcher(node, label, "=~", node.text) for label, node in rule.at(f"{side}_match_re").map.items()]
    return (*of_routes, *other)


def reached(route: Node, labels: Mapping[str, str], above: str = "") -> list[tuple[str, Node]]:
    """The receivers that an alert with these labels comes to, each with the route that leads it there."""
    receiver = route.at("receiver").text or above
    found: list[tuple[str, Node]] = []
    for inner in route.at("routes").items:
        if all(matcher.fits(labels) for matcher in matchers(inner)):
            found += reached(inner, labels, receiver)
            if inner.at("continue").text != "true":
                break
    return found or [(receiver, route)]


_QUIET: Final = frozenset({"none", "info", "information", "notice", "debug", "low", "warning"})
"""Severities that need no route: nobody is to be woken by them."""


@shared
def severities(sources: Sources) -> frozenset[str]:
    """The severities that Alertmanager names; none where it has patterns of them."""
    files = prometheus.alertmanagers(sources)
    found = [one for path in files for one in every(sources, path) if one.label == "severity"]
    if any(not one.words for one in found):
        return frozenset()
    return frozenset(word for one in found for word in one.words)


def is_unrouted(sources: Sources, severity: str) -> bool:
    """Whether it is a severity that should have a route, and has none, where routes are by severities."""
    known = severities(sources)
    return bool(known and severity) and "{{" not in severity and severity not in known | _QUIET
