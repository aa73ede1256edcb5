"""Recorded series that are read are recorded

A name with a colon is the result of a recording rule. An alert, script or page that reads one which
no rule of the repository records sees no data: the alert never fires.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Mistake, Node
from generator.checks.models import prometheus
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead
from generator.checks.source import Sources, lines, shared

FORMAT = Format.PROMETHEUS

# In scripts and pages only the families that the rules record are looked for: other texts have colons too.
_NAME: Final = re.compile(r"(?<![\w:./-])([a-z][a-z0-9_]*:[a-z][a-z0-9_]*:[a-z][a-z0-9_]*)(?![\w:/-])")


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
            near = did_you_mean(name, known)
            fix = instead(near, f"Add a rule with `record: {name}`, or name one that is recorded.")
            flaw = at(place, f"no rule records {name}{near}", fix)
            yield flaw if near else habit(flaw)


def _asked(sources: Sources, path: str) -> Iterator[tuple[Mistake, str]]:
    """What queries read of the families that the rules record: others may be recorded elsewhere."""
    for query in prometheus.queries(sources).get(path, ()):
        yield from _read(sources, path, query.node, query.text, frozenset())
    for test in yaml.root(sources, path).at("tests").items:
        given = frozenset(one.at("series").text.partition("{")[0] for one in test.at("input_series").items)
        for case in test.at("promql_expr_test").items:
            yield from _read(sources, path, case.at("expr"), case.at("expr").text, given)


def _read(sources: Sources, path: str, node: Node, query: str, given: frozenset[str]) -> Iterator[tuple[Mistake, str]]:
    for name in dict.fromkeys(selector.name for selector in prometheus.parse(query)[1]):
        if name.partition(":")[0] in _families(sources) and ":" in name and name not in given:
            yield prometheus.spot(sources, path, node, name), name


def _named(sources: Sources, path: str) -> Iterator[tuple[Mistake, str]]:
    for number, line in enumerate(lines(sources, path), 1):
        for match in _NAME.finditer(line) if ":" in line else ():
            if match[1].partition(":")[0] in _families(sources):
                yield Mistake(number, match.start() + 1, ""), match[1]


@shared
def _families(sources: Sources) -> frozenset[str]:
    """The first parts of the names that rules record."""
    return frozenset(name.partition(":")[0] for name in prometheus.records(sources))
