"""Which metrics there are: those that well-known exporters have, and what configurations ask and keep of them."""

from __future__ import annotations

import re
from typing import Final

from generator.checks import data
from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import prometheus
from generator.checks.source import Sources, shared

_PARTS: Final = re.compile(r"_(?:bucket|sum|count|total|created)\Z")
_WORD: Final = re.compile(r"([a-z0-9])([A-Z])")
# Names of settings of the server; and of other programs, whose names begin like those of one that is known.
_OPEN: Final = ("pg_settings_", "prometheus_operator_", "kube_state_metrics_", "kube_customresource_")


def of_exporters(prefix: str) -> frozenset[str]:
    """The names with a prefix (kube, node, ...) as the exporter that owns it has them; none for other prefixes."""
    return frozenset(data.load("metrics/names.json").get(prefix, ()))


def is_known(name: str) -> bool:
    """Whether an exporter has a metric, or the parts of a histogram or summary."""
    names = of_exporters(name.partition("_")[0])
    return name in names or _PARTS.sub("", name) in names or f"{name}_total" in names or name.startswith(_OPEN)


@shared
def of_cloudwatch(sources: Sources) -> dict[str, str]:
    """What configurations of yet-another-cloudwatch-exporter ask for, as Prometheus calls it, with its beginning."""
    found: dict[str, str] = {}
    for path in yaml.paths(sources):
        root = yaml.root(sources, path)
        jobs = [*root.at("discovery", "jobs").items, *root.at("static").items, *root.at("customNamespace").items]
        for job in jobs if root.at("apiVersion").text == "v1alpha1" else ():
            begin = _family(job.at("type").text or job.at("namespace").text)
            for metric in job.at("metrics").items:
                for statistic in (*metric.at("statistics").items, *job.at("statistics").items):
                    found[f"{begin}_{_snake(metric.at('name').text)}_{_snake(statistic.text)}"] = begin
    return found


def _family(namespace: str) -> str:
    """How the names of a namespace of CloudWatch begin: AWS/RDS is aws_rds."""
    return "aws_" + re.sub(r"[^a-z0-9]", "_", namespace.lower().removeprefix("aws/"))


def _snake(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "_", _WORD.sub(r"\1_\2", name).lower())


@shared
def kept(sources: Sources) -> dict[str, tuple[Node, ...]]:
    """The patterns of names that jobs keep, by the beginning that all names have which such a pattern fits."""
    found: dict[str, list[Node]] = {}
    for path in prometheus.configurations(sources):
        for job in yaml.root(sources, path).at("scrape_configs").items:
            for rule in job.at("metric_relabel_configs").items:
                names = [label.text for label in rule.at("source_labels").items]
                pattern = rule.at("regex")
                beginning = re.match(r"[a-z]+_", pattern.text)
                alone = "|" not in re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "", pattern.text)
                if rule.at("action").text == "keep" and names == ["__name__"] and beginning and alone:
                    found.setdefault(beginning[0], []).append(pattern)
    return {beginning: tuple(patterns) for beginning, patterns in found.items()}
