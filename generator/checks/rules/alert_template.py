"""What an alert says can be filled in

Annotations and labels of alerts are Go templates. Prometheus refuses a file with braces that are not closed; of an
unknown function, variable or label the page says an error, or nothing, instead of what is wrong and where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import go_template
from generator.checks.formats.yaml import Node
from generator.checks.models import prometheus, promql_labels
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead
from generator.checks.source import Sources, shared

FORMAT = Format.PROMETHEUS

_FUNCTIONS: Final = frozenset(
    {"args", "externalURL", "first", "graphLink", "humanize", "humanize1024", "humanizeDuration", "humanizePercentage"}
    | {"humanizeTimestamp", "label", "match", "now", "parseDuration", "pathPrefix", "query", "reReplaceAll", "safeHtml"}
    | {"sortByLabel", "stripDomain", "stripPort", "strvalue", "tableLink", "title", "tmpl", "toDuration", "toLower"}
    | {"toTime", "toUpper", "urlQueryEscape", "value"}
)
_LABEL: Final = re.compile(r"\$labels\.(\w+)")
_VARIABLES: Final = frozenset({"$labels", "$value", "$externalLabels", "$externalURL"})


def files(sources: Sources) -> Iterator[str]:
    for path in prometheus.rule_places(sources):
        if any(rule.alert for rule in prometheus.rules_of(sources, path)):
            yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for rule in prometheus.rules_of(sources, path):
        texts = [*rule.node.at("annotations").map.values(), *rule.node.at("labels").map.values()]
        for node in texts if rule.alert else ():
            mistakes = go_template.wrong(node.text, _FUNCTIONS, _VARIABLES) if "{{" in node.text else []
            for mistake in mistakes:
                near = did_you_mean(mistake.name, _VARIABLES | _FUNCTIONS)
                place = prometheus.spot(sources, path, node, mistake.text)
                yield at(place, f"{rule.alert}: {mistake.message}", mistake.fix, near)
            if not mistakes and "$labels." in node.text:
                yield from _lacking(sources, rule, node)


def _lacking(sources: Sources, rule: prometheus.RuleEntry, node: Node) -> Iterator[Flaw]:
    """Labels that are printed, and that the result of the query cannot have."""
    found, _ = go_template.actions(node.text)
    printed = {action.text for action in found if not action.keyword}
    known = promql_labels.labels(rule.node.at("expr").text, lambda name: _recorded(sources, name))
    if known is None:
        return
    for text in sorted(printed):
        for name in dict.fromkeys(_LABEL.findall(text)):
            if name not in known:
                place = prometheus.spot(sources, rule.path, node, f"$labels.{name}")
                near = did_you_mean(name, known)
                fix = f"Keep {name} in the query, such as by adding it to `by (...)`, or leave $labels.{name} out."
                yield at(place, f"{rule.alert}: the query gives no label {name}{near}", instead(near, fix, "$labels."))


@shared
def _recorded(sources: Sources, name: str) -> frozenset[str] | None:
    """The labels of a series that one rule of the repository records; of others nothing is known."""
    rules = [rule for rule in prometheus.rules(sources) if rule.record == name]
    if len(rules) != 1 or name not in prometheus.records(sources):
        return None
    # What a record reads of other records is not followed: that they may lead in a circle.
    own = promql_labels.labels(rules[0].node.at("expr").text, lambda _: None)
    return None if own is None else own | rules[0].node.at("labels").map.keys()
