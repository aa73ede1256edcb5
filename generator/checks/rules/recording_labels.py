"""Recorded series have the labels that are asked of them

A rule that records `sum by (service)` drops every other label. An analysis, a script or an alert that then selects
`{version="..."}` of that series gets nothing, and whatever it judges is judged by nothing: a release is undone, or
waits for a person. Keep the label in `by (...)`, or do not ask for it. In what agency-scaffold generated the first part
of a name says the labels, too: `service_version:http_requests:rate1m` has `service` and `version`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.models import prometheus, promql_labels
from generator.checks.models.habits import habit
from generator.checks.models.ours import is_managed, is_ours
from generator.checks.models.prometheus import RuleEntry
from generator.checks.models.promql_labels import Labels
from generator.checks.rule import Flaw, Format, Placed, Point, at, did_you_mean, instead
from generator.checks.source import Sources, lines, shared, text
from generator.finding import Severity

FORMAT = Format.PROMETHEUS

_MANY: Final = re.compile(r"[\w.-]+(?:\|[\w.-]+)*")
"""A pattern that no missing label fits."""
_NAME: Final = re.compile(r"(?<![\w:./-])([a-z]\w*:[a-z]\w*:[a-z]\w*)(?:\{([^{}\n]*)\}|\$(\w+)|\$\{(\w+)\})")
_LABEL: Final = re.compile(r"(?:^|,)\s*([A-Za-z_]\w*)\s*=~?\s*\\?[\"'](?!\\?[\"'])")
_DEEPEST: Final = 10
"""Records that are read one by the other."""


def files(sources: Sources) -> Iterator[str]:
    if prometheus.records(sources):
        yield from prometheus.queries(sources)
        yield from sources.ending(".sh")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path.endswith(".sh"):
        yield from _in_script(sources, path)
        return
    for rule in prometheus.rules_of(sources, path):
        if rule.record and _dropped(sources, rule):
            names = " and ".join(sorted(_dropped(sources, rule)))
            message = f"{rule.record} is recorded without {names}, which its name promises"
            place = prometheus.spot(sources, path, rule.node.at("expr"), "by")
            severity = Severity.ERROR if is_managed(sources, path) else Severity.WARNING
            yield at(place, message, f"Keep {names} in each `by (...)`.", severity=severity)
    for query in prometheus.queries(sources)[path]:
        for selector in dict.fromkeys(prometheus.parse(query.text)[1]):
            for label, operator, value in selector.matchers:
                if label != "__name__" and _asks(operator, value):
                    place = prometheus.spot(sources, path, query.node, label)
                    yield from _lacking(sources, selector.name, label, place)


def _asks(operator: str, value: str) -> bool:
    """Whether a series without the label is none that is meant."""
    return (operator == "=" and value != "") or (operator == "=~" and _MANY.fullmatch(value) is not None)


def _lacking(sources: Sources, name: str, label: str, place: Placed) -> Iterator[Flaw]:
    known = _recorded(sources, name)
    if known is not None and label not in known:
        rule = next(one for one in prometheus.rules(sources) if one.record == name)
        where = f"{rule.path}:{rule.node.at('record').line}"
        near = did_you_mean(label, known)
        message = f"{name} is recorded without {label} ({where}), so that nothing fits{near}"
        fix = instead(near, f"Keep {label} in the rule that records it, or do not ask for it.")
        # What reads the series of many servers adds labels of its own, as `cluster`.
        flaw = at(place, message, fix)
        yield flaw if near else habit(flaw)


def _in_script(sources: Sources, path: str) -> Iterator[Flaw]:
    """What scripts select of recorded series: by labels beside the name, or in a variable that is set above."""
    content = text(sources, path)
    for number, line in enumerate(lines(sources, path), 1) if ":" in content and "{" in content else ():
        for match in _NAME.finditer(line) if line.count(":") > 1 else ():
            named = match[3] or match[4]
            given = re.findall(rf'(?<![\w$]){named}="\{{((?:[^"\\\n]|\\.)*)\}}"', content) if named else [match[2]]
            for label in _LABEL.findall(given[0]) if len(given) == 1 else ():
                yield from _lacking(sources, match[1], label, Point(number, match.start() + 1))


@shared
def _recorded(sources: Sources, name: str, above: tuple[str, ...] = ()) -> Labels | None:
    """The labels that a recorded series has or promises to have; None where that depends on what is scraped."""
    every = [one for one in prometheus.rules(sources) if one.record == name]
    if not every or name in above or len(above) > _DEEPEST:
        return None
    found: Labels = frozenset()
    for rule in every:
        query = rule.node.at("expr").text
        own = promql_labels.labels(query, lambda other: _recorded(sources, other, (*above, name)))
        if own is None:
            return None
        found |= own | rule.node.at("labels").map.keys()
    return found | _promised(sources, name) | _of_groups(sources)


@shared
def _of_groups(sources: Sources) -> Labels:
    """The labels that groups give to all of their series."""
    places = prometheus.rule_places(sources)
    every = (group for path in places for one in prometheus.groups(sources, path) for group in one.items)
    return frozenset(label for group in every for label in group.at("labels").map)


def _dropped(sources: Sources, rule: RuleEntry) -> Labels:
    """The labels that a name promises, and that one side of the query lacks."""
    wanted = _promised(sources, rule.record) - rule.node.at("labels").map.keys()
    query = rule.node.at("expr").text
    every = promql_labels.branches(query, lambda other: _promised(sources, other) or None) if wanted else []
    return frozenset(label for own in every if own is not None for label in wanted - own)


def _promised(sources: Sources, name: str) -> Labels:
    """The labels that the first part of a name says, where other rules record them."""
    words = frozenset(name.partition(":")[0].split("_"))
    return words if is_ours(sources) and ":" in name and words <= _usual(sources) else frozenset()


@shared
def _usual(sources: Sources) -> Labels:
    """The labels that rules keep of what they record."""
    every = (one.node.at("expr").text for one in prometheus.rules(sources) if one.record)
    return frozenset(
        label for query in every for own in promql_labels.branches(query, lambda _: None) for label in own or ()
    )
