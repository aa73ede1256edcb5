"""Routes and inhibitions name alerts that exist

A route or inhibition with `alertname = "x"` does nothing when no alert is called `x`: the dead man's switch is silent,
or the consequences page as loudly as their cause. Judged where most alerts that Alertmanager names are of this
repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.models import alertmanager, prometheus
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources
from generator.spelling import Guess, closest

FORMAT = Format.PROMETHEUS


def files(sources: Sources) -> list[str]:
    return prometheus.alertmanagers(sources) if prometheus.alerts(sources) else []


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = prometheus.alerts(sources)
    named = [(one, word) for one in alertmanager.every(sources, path) if one.label == "alertname" for word in one.words]
    if 2 * sum(word in known for _, word in named) < len(named):
        return
    for matcher, word in dict.fromkeys(named):
        near = closest(word, sorted(known), 0.7) if re.fullmatch(r"\w+", word) and word not in known else ""
        if near:
            yield at(matcher.node, f"there is no alert {word}", near=Guess(near))
