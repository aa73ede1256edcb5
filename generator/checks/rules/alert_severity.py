"""Severities of alerts are those that Alertmanager knows

An alert with a severity that no route and no inhibition names goes where everything goes that nobody thought of: what
should wake somebody lies in a channel that nobody reads at night.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import alertmanager, prometheus
from generator.checks.models.habits import habit
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.PROMETHEUS


def files(sources: Sources) -> list[str]:
    return prometheus.rule_places(sources) if alertmanager.severities(sources) else []


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for rule in prometheus.rules_of(sources, path):
        given = rule.node.at("labels", "severity")
        if rule.alert and not given.text and is_ours(sources):
            known = " or ".join(sorted(alertmanager.severities(sources))) or "one that a route knows"
            message = f"{rule.alert} has no severity, so no route takes it"
            yield habit(at(rule.node.at("alert"), message, f"Add the label `severity`: {known}."))
        if rule.alert and alertmanager.is_unrouted(sources, given.text):
            near = did_you_mean(given.text, alertmanager.severities(sources))
            fix = f"Add a route that matches severity={given.text}, or give one that has a route."
            yield habit(at(given, f"{rule.alert}: no route knows the severity {given.text}", fix, near))
