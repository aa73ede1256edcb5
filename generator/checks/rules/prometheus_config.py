"""Prometheus' configuration is well formed

Prometheus does not start, or keeps the old configuration, when it meets an unknown key or a wrong
value. Rule files that it names must exist, and job names be unique.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.models import prometheus
from generator.checks.models.prometheus_schema import schema
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.PROMETHEUS

files = prometheus.configurations


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    yield from schema("configuration").flaws(root)
    for node in root.at("rule_files").items:
        if not prometheus.existing(sources, path, node.text):
            yield at(node, f"no file is {node.text}")
    seen: set[str] = set()
    for job in root.at("scrape_configs").items:
        name = job.at("job_name")
        if name.text in seen:
            yield at(name, f"job {name.text} is already defined")
        seen.add(name.text)
