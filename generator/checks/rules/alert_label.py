"""Labels that Alertmanager asks for are labels of alerts

A route by a label that no alert has takes nothing, and so does an inhibition; in `equal` it is worse, since what both
alerts lack counts as equal: an outage of staging then silences production. Labels are those of alerts, external labels,
what scrape jobs add, and whatever queries name. Judged is a label that none of them has, and that nearly is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import alertmanager, prometheus
from generator.checks.models.habits import Told, gathered, habit
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared
from generator.spelling import Guess, closest

FORMAT = Format.PROMETHEUS

_ALWAYS: Final = frozenset({"alertname", "instance", "job"})
_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_SHORTEST: Final = 3
"""Letters of what may stand for a longer name."""


def files(sources: Sources) -> list[str]:
    if not prometheus.alerts(sources):
        return []
    return [*prometheus.alertmanagers(sources), *prometheus.configurations(sources)]


def check(sources: Sources, path: str) -> list[Flaw]:
    return _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    return gathered(one for path in prometheus.alertmanagers(sources) for one in _of(sources, path))


def _of(sources: Sources, path: str) -> Iterator[tuple[str, Flaw]]:
    asked: dict[str, list[Node]] = {}
    for label, node in _asked(sources, path):
        asked.setdefault(label, []).append(node)
    given = _given(sources)
    for label, nodes in asked.items():
        near = "" if label in given or label in _words(sources) else _near(label, given)
        config, made = given.get(near, ("", None)) if near else ("", None)
        if made and near not in asked and len(nodes) > 1:
            message = f"no alert has the label {label}, which Alertmanager asks for ({path}:{nodes[0].line})"
            yield config, habit(at(made, f"{message}: here it is {near}", f"Write {label}."))
            continue
        for node in nodes if near else ():
            yield path, habit(at(node, f"no alert has the label {label}", near=Guess(near)))


def _asked(sources: Sources, path: str) -> Iterator[tuple[str, Node]]:
    """The labels that routes and inhibitions ask for, where they stand."""
    root = yaml.root(sources, path)
    for route in alertmanager.routes(root.at("route")):
        yield from ((node.text, node) for node in route.at("group_by").items if node.text != "...")
    for rule in root.at("inhibit_rules").items:
        yield from ((node.text, node) for node in rule.at("equal").items)
    yield from ((one.label, one.node) for one in alertmanager.every(sources, path))


@shared
def _given(sources: Sources) -> dict[str, tuple[str, Node | None]]:
    """The labels that alerts have, with the configuration that makes them external ones."""
    found: dict[str, tuple[str, Node | None]] = dict.fromkeys(_ALWAYS, ("", None))
    for rule in prometheus.rules(sources):
        found.update(dict.fromkeys(rule.node.at("labels").map, ("", None)))
    for path in prometheus.configurations(sources):
        root = yaml.root(sources, path)
        for job in root.at("scrape_configs").items:
            for relabelling in (*job.at("relabel_configs").items, *job.at("metric_relabel_configs").items):
                found.setdefault(relabelling.at("target_label").text, ("", None))
            for group in job.at("static_configs").items:
                found.update(dict.fromkeys(group.at("labels").map, ("", None)))
        for relabelling in root.at("alerting", "alert_relabel_configs").items:
            found.setdefault(relabelling.at("target_label").text, ("", None))
        for key in root.at("global", "external_labels").keys:
            found.setdefault(key.text, (path, key))
    return {label: made for label, made in found.items() if _WORD.fullmatch(label)}


@shared
def _words(sources: Sources) -> frozenset[str]:
    """Whatever queries name, labels among it."""
    queries = (query.text for own in prometheus.queries(sources).values() for query in own)
    return frozenset(word for query in queries for word in _WORD.findall(query))


def _near(label: str, given: dict[str, tuple[str, Node | None]]) -> str:
    """The label that was probably meant: one that is misspelt, shortened or written out."""
    known = sorted(one for one in given if not one.startswith("__"))
    shorter = [one for one in known if min(len(one), len(label)) >= _SHORTEST]
    alike = (one for one in shorter if one.startswith(label) or label.startswith(one))
    return closest(label, known, 0.85) or next(alike, "")
