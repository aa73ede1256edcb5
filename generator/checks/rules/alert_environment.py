"""Routes name environments that exist

A route with `environment =~ "dev|stage"` does not match what the environment `staging` sends: its alerts go on to the
routes of production, and wake people.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import alertmanager, environments, prometheus
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources

FORMAT = Format.PROMETHEUS


def files(sources: Sources) -> list[str]:
    return prometheus.alertmanagers(sources) if environments.wanted(sources) else []


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = environments.wanted(sources)
    named = [(one, w) for one in alertmanager.every(sources, path) if one.label == "environment" for w in one.words]
    # Where none is known, the label has names of its own.
    if any(word in known for _, word in named):
        for matcher, word in dict.fromkeys(named):
            if word not in known:
                yield at(matcher.node, f"there is no environment {word}", one_of(known), did_you_mean(word, known))
