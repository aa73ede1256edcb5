"""Every alert has a unit test

An alert that was never seen firing often cannot fire: a label that does not match, a threshold in the
wrong unit. Add a test to the file in `tests/` that has `alertname: <the alert>` and expects it. Judged where rules are
tested at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.models import prometheus
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared
from generator.finding import Severity

FORMAT = Format.PROMETHEUS


def files(sources: Sources) -> Iterator[str]:
    if prometheus.test_files(sources) or is_ours(sources):
        for path in prometheus.rule_files(sources):
            if any(rule.alert for rule in prometheus.rules_of(sources, path)):
                yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for rule in prometheus.rules_of(sources, path):
        if rule.alert and rule.alert not in fired(sources):
            message = f"no test expects the alert {rule.alert} to fire"
            fix = (
                f"Add a case with `alertname: {rule.alert}` and what it has then under `exp_alerts` to a file of tests."
            )
            yield at(rule.node, message, fix, severity=Severity.WARNING)


@shared
def fired(sources: Sources) -> frozenset[str]:
    """The alerts that some test expects to fire."""
    return frozenset(
        case.at("alertname").text
        for path in prometheus.test_files(sources)
        for test in yaml.root(sources, path).at("tests").items
        for case in test.at("alert_rule_test").items
        if case.at("exp_alerts").items
    )
