"""Severities of alerts are those that Alertmanager knows

An alert with a severity that no route and no inhibition names goes where everything goes that nobody thought of: what
should wake somebody lies in a channel that nobody reads at night.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.models import alertmanager, prometheus
from generator.checks.models.habits import habit
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead
from generator.checks.source import Sources, shared

FORMAT = Format.PROMETHEUS

# What nobody is to be woken by needs no route.
_QUIET: Final = frozenset({"none", "info", "information", "notice", "debug", "low", "warning"})


def files(sources: Sources) -> list[str]:
    return prometheus.rule_places(sources) if _named(sources) else []


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for rule in prometheus.rules_of(sources, path):
        given = rule.node.at("labels", "severity")
        if rule.alert and not given.text and is_ours(sources):
            known = " or ".join(sorted(_named(sources))) or "one that a route knows"
            message = f"{rule.alert} has no severity, so no route takes it"
            yield habit(at(rule.node.at("alert"), message, f"Add the label `severity`: {known}."))
        if rule.alert and given.text and "{{" not in given.text and given.text not in _named(sources) | _QUIET:
            message = f"no route knows the severity {given.text}{did_you_mean(given.text, _named(sources))}"
            fix = instead(message, f"Add a route that matches severity={given.text}, or give one that has a route.")
            yield habit(at(given, f"{rule.alert}: {message}", fix))


@shared
def _named(sources: Sources) -> frozenset[str]:
    """The severities that Alertmanager names; none where it has patterns of them."""
    found = [
        one
        for path in prometheus.alertmanagers(sources)
        for one in alertmanager.every(sources, path)
        if one.label == "severity"
    ]
    if any(not one.words for one in found):
        return frozenset()
    return frozenset(word for one in found for word in one.words)
