"""Prometheus' rule files are well formed

Prometheus refuses a whole rule file with an unknown key, a bad duration, a rule that is both an alert and a record, or
two groups of one name. A label with a name that is no word needs Prometheus 3, and quotes wherever it is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.models import prometheus
from generator.checks.models.prometheus_schema import flaws
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources
from generator.finding import Severity

FORMAT = Format.PROMETHEUS

files = prometheus.rule_places

_LABEL: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path in prometheus.rule_files(sources):
        yield from flaws("rules", yaml.root(sources, path))
    for groups in prometheus.groups(sources, path):
        seen: set[str] = set()
        for group in groups.items:
            name = group.at("name")
            if name.text in seen:
                yield at(name, f"group {name.text} is already defined", "Give the group another name, or join the two.")
            seen.add(name.text)
    for rule in prometheus.rules_of(sources, path):
        if rule.alert and rule.record:
            message = f"this rule is the alert {rule.alert} and the record {rule.record}"
            yield at(rule.node.at("record"), message, "Make two rules of it, one with `alert` and one with `record`.")
        for label in (*rule.node.at("labels").keys, *rule.node.at("annotations").keys):
            if not _LABEL.fullmatch(label.text) and "{{" not in label.text:
                yield _unusual(label.line, label.column, label.text)


def _plain(name: str) -> str:
    """A name that every Prometheus takes."""
    return re.sub(r"^(?=\d)", "_", re.sub(r"\W", "_", name, flags=re.ASCII))


def _unusual(line: int, column: int, name: str) -> Flaw:
    message = f"{name} is no name of a label: Prometheus 2 refuses it, and later ones want it in quotes"
    return Flaw(line, message, f"Write {_plain(name)}.", column, Severity.WARNING)
