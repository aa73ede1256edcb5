"""The two conditions of an analysis are each other's opposite

A result that is neither a success nor a failure is inconclusive: the release is held until somebody decides, who
sleeps. One that is both is a failure, so that the limit which stands in the success condition is none. Where an
analysis has both conditions, and they compare a number with limits, every result should be one of the two. In
repositories of others an inconclusive result may be meant, and only what is both is told.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.analysis_conditions import Result, read, results
from generator.checks.models.habits import habit
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_TEMPLATES = ("AnalysisTemplate", "ClusterAnalysisTemplate")


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, *_TEMPLATES)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for template in kubernetes.in_file(sources, path, *_TEMPLATES):
        for metric in template.node.at("spec", "metrics").items:
            yield from _judged(metric, template.name, gaps=is_ours(sources))


def _judged(metric: Node, template: str, *, gaps: bool) -> Iterator[Flaw]:
    success, failure = metric.at("successCondition"), metric.at("failureCondition")
    good, bad = read(success.text), read(failure.text)
    if good is None or bad is None or "result" not in success.text + failure.text:
        return
    every = list(results(f"{success.text} {failure.text}"))
    both = [one for one in every if good(one) and bad(one)]
    neither = [one for one in every if not good(one) and not bad(one)]
    what = f"{template}: {metric.at('name').text}"
    fix = "Let failureCondition be the opposite of successCondition, with the same number."
    if both:
        yield habit(at(failure, f"{what} of {_said(both)} is a success and a failure, and so a failure", fix))
    elif neither and gaps:
        message = f"{what} of {_said(neither)} is neither a success nor a failure: the release is held"
        yield at(failure, message, fix)


def _said(those: list[Result]) -> str:
    """One of the results, a number where there is one."""
    sure = [one[0] for one in those if one and not math.isnan(one[0])]
    if sure:
        return f"{sure[len(sure) // 2]:g}"
    return "no result" if not those[0] else "NaN"
