"""Routes lead alerts where their tests say

`tests/routes.txt` beside Alertmanager's configuration says in each line a receiver, and the labels of an alert that
must reach it. Where the routes do something else, a page goes to a channel that nobody reads; or the test is out of
date, and somebody switches it off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.models import alertmanager, prometheus
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean, one_of
from generator.checks.source import Sources, folder, join, lines

FORMAT = Format.PROMETHEUS

_LABEL: Final = re.compile(r"\w+=\S*")


def files(sources: Sources) -> Iterator[str]:
    for path in prometheus.alertmanagers(sources):
        test = join(folder(path), "tests/routes.txt")
        if test in sources.tree:
            yield test


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    beside = folder(folder(path))
    config = next(one for one in prometheus.alertmanagers(sources) if folder(one) == beside)
    root = yaml.root(sources, config)
    receivers = {item.at("name").text for item in root.at("receivers").items}
    for number, line in enumerate(lines(sources, path), 1):
        wanted, *labels = line.split() or [""]
        if not wanted or wanted.startswith("#") or not all(map(_LABEL.fullmatch, labels)):
            continue
        given = dict(label.split("=", 1) for label in labels)
        reached = alertmanager.reached(root.at("route"), given)
        if wanted not in receivers:
            near = did_you_mean(wanted, receivers)
            yield at(Point(number, 1), f"there is no receiver {wanted}", one_of(receivers), near)
        elif [receiver for receiver, _ in reached] != [wanted]:
            others = [(receiver, route) for receiver, route in reached if receiver != wanted] or reached
            by = " and ".join(f"{receiver} by the route in {config}:{route.line}" for receiver, route in others)
            fix = f"Let that route lead these labels to {wanted} alone, or write what the route is meant to do."
            yield Flaw(number, f"this alert reaches {by}, not {wanted} alone", fix, 1)
