"""Alarms of CloudWatch are on metrics that AWS writes

An alarm on a metric that does not exist never goes off, and nothing says so: the database is full, and nobody hears of
it. Compared are the namespaces of AWS whose metrics are known; metrics of your own namespaces are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from generator.checks import data
from generator.checks.formats.hcl import Body
from generator.checks.models.terraform_settings import bodies, in_file, of
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead, one_of
from generator.checks.source import Sources
from generator.finding import Severity
from generator.spelling import closest

FORMAT = Format.TERRAFORM

_ALARM: Final = "aws_cloudwatch_metric_alarm"
_MISSPELT: Final = 0.87
"""From here on it is the same name, misspelt; below it may be one that AWS has added since."""


def files(sources: Sources) -> Iterator[str]:
    return iter(dict.fromkeys(one.path for one in of(sources, _ALARM)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in in_file(sources, path, _ALARM):
        for body in (one.body, *bodies(one.body, ("metric_query", "metric"))):
            yield from _metric(body)


def _metric(body: Body) -> Iterator[Flaw]:
    namespace, metric = body.get("namespace"), body.get("metric_name")
    recorded: Mapping[str, str] = data.load("aws/cloudwatch-metrics.json")
    known = recorded.get(namespace.literal or "", "").split() if namespace else []
    name = (metric.literal if metric else None) or ""
    if namespace and metric and known and name and name not in known:
        message = f"{namespace.literal} has no metric {name}{did_you_mean(name, known)}"
        severity = Severity.ERROR if closest(name, known, _MISSPELT) else Severity.WARNING
        yield at(metric, message, instead(message, one_of(known)), severity=severity)
