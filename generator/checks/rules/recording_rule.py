"""Recorded series that are read are recorded

A name with a colon is the result of a recording rule. An alert, script or page that reads one which
no rule of the repository records sees no data: the alert never fires.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import prometheus
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean, instead
from generator.checks.source import Sources, lines, shared

FORMAT = Format.PROMETHEUS

# In scripts and pages only the families that the rules record are looked for: other texts have colons too.
_NAME: Final = re.compile(r"(?<![\w:./-])([a-z][a-z0-9_]*:[a-z][a-z0-9_]*:[a-z][a-z0-9_]*)(?![\w:/-])")

_WINDOW: Final = re.compile(r"(.*?)(\d{1,6})(s|m|h|d|w)(?:ec(?:ond)?|in(?:ute)?|our|ay|eek)?s?")


def files(sources: Sources) -> Iterator[str]:
    if prometheus.records(sources):
        yield from prometheus.queries(sources)
        yield from prometheus.test_files(sources)
        yield from sources.ending(".sh", ".md")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = prometheus.records(sources)
    asked = _asked(sources, path) if path.endswith((".yml", ".yaml")) else _named(sources, path)
    for place, name in asked:
        if name not in known:
            near, fix = _meant(sources, name)
            flaw = at(place, f"no rule records {name}{near}", fix)
            # A page may show a name that is none of these rules.
            yield flaw if near and not path.endswith(".md") else habit(flaw)


def _meant(sources: Sources, name: str) -> tuple[str, str]:
    """The recorded series that was probably meant, as the end of a message, and the fix.

    It is one of the same family: of the same window, or else of the nearest. Where no query reads that of the
    same window, it is what is misnamed.
    """
    known, window = prometheus.records(sources), _window(name)
    family = {one: _window(one)[1] for one in sorted(known) if window[1] and _window(one)[0] == window[0]}
    same = next((one for one, seconds in family.items() if seconds == window[1]), "")
    if same and name in prometheus.asked(sources) and same not in prometheus.asked(sources):
        rule = next(one for one in prometheus.rules(sources) if one.record == same)
        place = f"{rule.path}:{rule.node.at('record').line}"
        return f"; {same} is recorded ({place}), which nothing reads", f"Write `record: {name}` in {place}."
    nearest = min(family, key=lambda one: abs(math.log(family[one] / window[1])), default="")
    near = did_you_mean(name, {nearest}) if nearest else did_you_mean(name, known)
    return str(near), instead(near, f"Add a rule with `record: {name}`, or name one that is recorded.")


def _window(name: str) -> tuple[str, float]:
    """What stands before the window at the end of a name, and how many seconds that is; 0 where there is none."""
    match = _WINDOW.fullmatch(name)
    return (match[1], int(match[2]) * prometheus.seconds(f"1{match[3]}")) if match else (name, 0)


def _asked(sources: Sources, path: str) -> Iterator[tuple[Point, str]]:
    """What queries read of the families that the rules record: others may be recorded elsewhere."""
    for query in prometheus.queries(sources).get(path, ()):
        yield from _read(sources, path, query.node, query.text, frozenset())
    for test in yaml.root(sources, path).at("tests").items:
        given = frozenset(one.at("series").text.partition("{")[0] for one in test.at("input_series").items)
        for case in test.at("promql_expr_test").items:
            yield from _read(sources, path, case.at("expr"), case.at("expr").text, given)


def _read(sources: Sources, path: str, node: Node, query: str, given: frozenset[str]) -> Iterator[tuple[Point, str]]:
    for name in dict.fromkeys(selector.name for selector in prometheus.parse(query)[1]):
        if name.partition(":")[0] in _families(sources) and ":" in name and name not in given:
            yield prometheus.spot(sources, path, node, name), name


def _named(sources: Sources, path: str) -> Iterator[tuple[Point, str]]:
    for number, line in enumerate(lines(sources, path), 1):
        for match in _NAME.finditer(line) if ":" in line else ():
            if match[1].partition(":")[0] in _families(sources):
                yield Point(number, match.start() + 1), match[1]


@shared
def _families(sources: Sources) -> frozenset[str]:
    """The first parts of the names that rules record."""
    return frozenset(name.partition(":")[0] for name in prometheus.records(sources)) - {""}
