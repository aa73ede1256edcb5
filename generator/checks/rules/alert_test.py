"""Unit tests of rules refer to rules that exist

A test of an alert that does not exist passes when it expects nothing. The rule files and alerts that
a test names must be in the repository.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.models import prometheus
from generator.checks.models.prometheus_schema import schema
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.PROMETHEUS

files = prometheus.test_files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    yield from schema("tests").flaws(root)
    for node in root.at("rule_files").items:
        if not prometheus.existing(sources, path, node.text):
            yield at(node, f"there is no {node.text}")
    known = prometheus.alerts(sources)
    for test in root.at("tests").items:
        for case in test.at("alert_rule_test").items:
            name = case.at("alertname")
            if name.text not in known:
                yield Flaw(
                    name.line, f"there is no alert {name.text}{did_you_mean(name.text, known)}", column=name.column
                )
