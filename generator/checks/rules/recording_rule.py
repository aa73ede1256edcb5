"""Recorded series that are read are recorded

A name with a colon is the result of a recording rule. An alert, script or page that reads one which
no rule of the repository records sees no data: the alert never fires.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Mistake
from generator.checks.models import prometheus
from generator.checks.rule import Flaw, Format, Placed, at, did_you_mean
from generator.checks.source import Sources, lines

FORMAT = Format.PROMETHEUS

# In scripts and pages only the families that the rules record are looked for: other texts have colons too.
_NAME: Final = re.compile(r"(?<![\w:./-])([a-z][a-z0-9_]*:[a-z][a-z0-9_]*:[a-z][a-z0-9_]*)(?![\w:/-])")


def files(sources: Sources) -> Iterator[str]:
    if prometheus.records(sources):
        yield from prometheus.rule_files(sources)
        yield from sources.ending(".sh", ".md")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = prometheus.records(sources)
    for place, name in _read(sources, path):
        if name not in known:
            yield at(place, f"no rule records {name}{did_you_mean(name, known)}")


def _read(sources: Sources, path: str) -> Iterator[tuple[Placed, str]]:
    if path.endswith((".yml", ".yaml")):
        for rule in prometheus.rules_of(sources, path):
            expression = rule.node.at("expr")
            for selector in prometheus.parse(expression.text)[1]:
                if ":" in selector.name:
                    yield expression, selector.name
        return
    families = {name.partition(":")[0] for name in prometheus.records(sources)}
    for number, line in enumerate(lines(sources, path), 1):
        for match in _NAME.finditer(line):
            if match[1].partition(":")[0] in families:
                yield Mistake(number, match.start() + 1, ""), match[1]
