"""Queries name scrape jobs that exist

A query with `job="x"` gives no data when no scrape job is called `x`: an alert on it never fires.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.models import prometheus
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.PROMETHEUS


def files(sources: Sources) -> list[str]:
    return prometheus.rule_files(sources) if prometheus.job_names(sources) else []


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = prometheus.job_names(sources)
    for rule in prometheus.rules_of(sources, path):
        expression = rule.node.at("expr")
        for selector in prometheus.parse(expression.text)[1]:
            for label, operator, value in selector.matchers:
                if label == "job" and operator in ("=", "=~"):
                    for job in value.split("|") if operator == "=~" else (value,):
                        if re.fullmatch(r"[\w-]+", job) and job not in known:
                            message = f"{rule.name}: no scrape job is named {job}{did_you_mean(job, known)}"
                            yield at(expression, message)
