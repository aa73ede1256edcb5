"""Queries are valid PromQL

Prometheus refuses a rule file with a query that it cannot parse or whose types do not fit.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import prometheus
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.PROMETHEUS

files = prometheus.rule_files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for rule in prometheus.rules_of(sources, path):
        expression = rule.node.at("expr")
        error, _ = prometheus.parse(expression.text)
        if expression and error:
            yield at(expression, f"{rule.name}: {error}")
