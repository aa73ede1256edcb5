"""Alarms of CloudWatch are on metrics that AWS writes

An alarm on a metric that does not exist never goes off, and nothing says so: the database is full, and nobody hears of
it. Compared are the namespaces of AWS whose metrics are known, with the names of their dimensions; metrics of your own
namespaces are not judged. An alarm that computes may use the ids of its own queries alone: another is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from generator.checks import data
from generator.checks.formats import hcl
from generator.checks.formats.hcl import Body
from generator.checks.models.habits import habit
from generator.checks.models.terraform import module_of
from generator.checks.models.terraform_settings import Resource, bodies, in_file, of
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead, one_of
from generator.checks.source import Sources
from generator.finding import Severity
from generator.spelling import closest

FORMAT = Format.TERRAFORM

_ALARM: Final = "aws_cloudwatch_metric_alarm"
_MISSPELT: Final = 0.87
"""From here on it is the same name, misspelt; below it may be one that AWS has added since."""

_DIMENSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS/ApplicationELB": ("AvailabilityZone", "LoadBalancer", "TargetGroup"),
    "AWS/ECS": ("ClusterName", "DiscoveryName", "ServiceName", "TargetDiscoveryName"),
    "AWS/RDS": ("DBClusterIdentifier", "DBInstanceIdentifier", "DatabaseClass", "EngineName", "Role", "SourceRegion"),
    "AWS/SQS": ("QueueName",),
}
"""The most usual ones: only what is nearly one of them is judged."""
_SELECTS: Final = re.compile(r"(?i)\s*SELECT\s")
"""A query of Metrics Insights, which names metrics and no ids."""
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_ID: Final = re.compile(r"(?<![\w.])[a-z]\w*(?!\w|\s*\()")


def files(sources: Sources) -> Iterator[str]:
    return iter(dict.fromkeys(one.path for one in of(sources, _ALARM)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in in_file(sources, path, _ALARM):
        yield from _expressions(one.body)
        yield from _dimensions(sources, one)
        for body in (one.body, *bodies(one.body, ("metric_query", "metric"))):
            yield from _metric(body)


def _metric(body: Body) -> Iterator[Flaw]:
    namespace, metric = body.get("namespace"), body.get("metric_name")
    recorded: Mapping[str, str] = data.load("aws/cloudwatch-metrics.json")
    known = recorded.get(namespace.literal or "", "").split() if namespace else []
    name = (metric.literal if metric else None) or ""
    if namespace and metric and known and name and name not in known:
        message = f"{namespace.literal} has no metric {name}"
        severity = Severity.ERROR if closest(name, known, _MISSPELT) else Severity.WARNING
        yield at(metric, message, one_of(known), did_you_mean(name, known), severity=severity)


def _expressions(alarm: Body) -> Iterator[Flaw]:
    """What queries compute of ids that no query has."""
    known = _ids(alarm)
    for body in bodies(alarm, ("metric_query",)) if known else ():
        given = body.get("expression")
        if given and _SELECTS.match(given.literal or ""):
            continue
        for word in dict.fromkeys(_ID.findall(_QUOTED.sub("", given.literal or ""))) if given else ():
            if given and word not in known:
                yield at(given, f"no query of this alarm has the id {word}", one_of(known), did_you_mean(word, known))


def _ids(alarm: Body) -> frozenset[str]:
    """The ids of the queries of an alarm; none where they are not all known."""
    found = set()
    for block in (*alarm.of("metric_query"), *(one for one in alarm.of("dynamic") if one.name == "metric_query")):
        inner = next(block.body.of("content"), block).body
        given, each = inner.get("id"), block.body.get("for_each")
        if given and given.literal:
            found.add(given.literal)
        elif given and each and hcl.word(given.value).strip() == "metric_query.key":
            entries = hcl.entries(hcl.unwrap(each.value))
            if not entries or any(key is None for key, _, _ in entries):
                return frozenset()
            found |= {key for key, _, _ in entries if key}
        else:
            return frozenset()
    return frozenset(found)


def _dimensions(sources: Sources, alarm: Resource) -> Iterator[Flaw]:
    """The names of an alarm's dimensions that are nearly those of its namespace."""
    for body in (alarm.body, *bodies(alarm.body, ("metric_query", "metric"))):
        namespace, given = body.get("namespace"), body.get("dimensions")
        known = _DIMENSIONS.get(namespace.literal or "", ()) if namespace else ()
        for key, line, column in _keys(sources, alarm, given.value) if given and known else ():
            near = did_you_mean(key, known)
            if near and key not in known:
                message = f"{namespace.literal if namespace else ''} has no dimension {key}{near}"
                yield habit(Flaw(line, message, instead(near), column))


def _keys(sources: Sources, alarm: Resource, node: Any) -> Iterator[tuple[str, int, int]]:
    """The keys of an object: that which stands there, or each of those in a local of the file that `for_each` takes."""
    found = hcl.unwrap(node)
    each = alarm.body.get("for_each")
    if each and hcl.word(node).strip() == "each.value":
        module = module_of(sources, alarm.path)
        declared = module.locals.get(hcl.word(each.value).strip().removeprefix("local.")) if module else None
        if not declared or declared.path != alarm.path:
            return
        found = hcl.unwrap(declared.body.arguments[0].value)
        while found.type in {"for_expr", "for_object_expr"}:
            inner = [one for one in found.named_children if one.type in {"expression", "for_object_expr"}]
            found = hcl.unwrap(inner[-1]) if inner else node
    for key, place, _ in hcl.entries(found) if found.type == "object" else ():
        if key:
            yield key, *hcl.place(place)
