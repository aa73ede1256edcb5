"""Probes ask by modules that the blackbox exporter has

A scrape job with a module that `blackbox.yml` does not define fails at every probe: all hosts look down, and somebody
silences the alert.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.models import prometheus
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, shared

FORMAT = Format.PROMETHEUS


def files(sources: Sources) -> list[str]:
    return prometheus.configurations(sources) if modules(sources) else []


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for job in yaml.root(sources, path).at("scrape_configs").items:
        for node in job.at("params", "module").items if job.at("metrics_path").text == "/probe" else ():
            if node.text not in modules(sources):
                near = did_you_mean(node.text, modules(sources))
                message = f"the blackbox exporter has no module {node.text}"
                yield at(node, message, f"Add {node.text} to the modules of the exporter.", near)


@shared
def modules(sources: Sources) -> frozenset[str]:
    """The modules of the blackbox exporter's configurations."""
    return frozenset(
        name
        for path in yaml.paths(sources)
        if "modules" in yaml.root(sources, path).map
        for name, module in yaml.root(sources, path).at("modules").map.items()
        if module.at("prober").text in {"http", "tcp", "dns", "icmp", "grpc"}
    )
