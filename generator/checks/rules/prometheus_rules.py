"""Prometheus' rule files are well formed

Prometheus refuses a whole rule file with an unknown key, a bad duration, or two groups of one name.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.models import prometheus
from generator.checks.models.prometheus_schema import schema
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.PROMETHEUS

files = prometheus.rule_files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    yield from schema("rules").flaws(root)
    seen: set[str] = set()
    for group in root.at("groups").items:
        name = group.at("name")
        if name.text in seen:
            yield at(name, f"group {name.text} is already defined")
        seen.add(name.text)
