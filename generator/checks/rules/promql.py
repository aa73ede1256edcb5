"""Queries are valid PromQL

Prometheus refuses a rule file with a query that it cannot parse or whose types do not fit; an analysis with such a
query undoes every release. Queries that a template still fills in, and those of Loki, are not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.checks.models import prometheus
from generator.checks.models.syntax_fixes import fix_of
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.PROMETHEUS
_FIX = "Put the query right where the message says, and try it in Prometheus."


def files(sources: Sources) -> Iterable[str]:
    return prometheus.queries(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for query in prometheus.queries(sources)[path]:
        error, _ = prometheus.parse(query.text)
        if error:
            yield at(query.node, f"{query.owner}: {error}", fix_of(error) or _FIX)
