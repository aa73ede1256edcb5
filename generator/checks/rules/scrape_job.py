"""Queries name scrape jobs that exist

A query with `job="x"` gives no data when no scrape job is called `x`: an alert on it never fires.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from generator.checks.models import prometheus
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources
from generator.spelling import Guess, closest

FORMAT = Format.PROMETHEUS


def files(sources: Sources) -> Iterable[str]:
    """Rules beside a configuration; a PrometheusRule is about jobs of ServiceMonitors."""
    return [path for path in prometheus.rule_files(sources) if prometheus.jobs_for(sources, path)]


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = prometheus.jobs_for(sources, path)
    for query in prometheus.queries(sources)[path]:
        for job in dict.fromkeys(_jobs(query)):
            if job not in known:
                near = Guess(closest(job, sorted(known), 0.75))
                place = prometheus.spot(sources, path, query.node, job)
                fix = f"Add a scrape job {job}, or write one of {', '.join(sorted(known))}."
                yield at(place, f"{query.owner}: no scrape job is named {job}", fix, near)


def _jobs(query: prometheus.Query) -> Iterator[str]:
    """The jobs that a query names, one by one."""
    for selector in prometheus.parse(query.text)[1]:
        for label, operator, value in selector.matchers:
            if label == "job" and operator in ("=", "=~"):
                names = value.split("|") if operator == "=~" else (value,)
                yield from (name for name in names if re.fullmatch(r"[\w-]+", name))
