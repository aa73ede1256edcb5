"""Prometheus' configuration is well formed

Prometheus does not start, or keeps the old configuration, when it meets an unknown key or a wrong
value: a pattern that is none, a scrape that may take longer than the time between two. Rule files that it names must
exist, and job names be unique.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import prometheus
from generator.checks.models.habits import habit
from generator.checks.models.prometheus_schema import flaws
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, join

FORMAT = Format.PROMETHEUS

files = prometheus.configurations

_WITH_TARGET: Final = frozenset({"", "replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"})


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    yield from flaws("configuration", root)
    for node in root.at("rule_files").items:
        if not prometheus.existing(sources, path, node.text):
            # A folder that is here should have it; else it may be put there from elsewhere.
            here = sources.has_folder(join(folder(path), folder(node.text))) and not node.text.startswith("/")
            fix = "Write the path of the rules, as seen from this file, or add them there."
            flaw = at(node, f"no file is {node.text}", fix)
            yield flaw if here else habit(flaw)
    yield from _times(root)
    seen: set[str] = set()
    for job in root.at("scrape_configs").items:
        name = job.at("job_name")
        if name.text in seen:
            yield at(name, f"job {name.text} is already defined", "Give the job another name.")
        seen.add(name.text)
    for rules in _relabellings(root):
        for rule in rules.items:
            yield from _relabelling(rule)


def _times(root: Node) -> Iterator[Flaw]:
    """A scrape that may take longer than the time between two is refused; one that says nothing is cut short."""
    common = root.at("global")
    for where in (common, *root.at("scrape_configs").items):
        timeout = where.at("scrape_timeout")
        interval = where.at("scrape_interval").text or common.at("scrape_interval").text or "1m"
        most, least = prometheus.seconds(interval), prometheus.seconds(timeout.text)
        if timeout and most and least > most:
            message = f"scrape_timeout {timeout.text} is longer than scrape_interval {interval}"
            yield at(timeout, message, f"Write {interval} or less.")


def _relabellings(root: Node) -> Iterator[Node]:
    for job in (*root.at("scrape_configs").items, *root.at("alerting", "alertmanagers").items):
        yield job.at("relabel_configs")
        yield job.at("metric_relabel_configs")
    yield root.at("alerting", "alert_relabel_configs")
    for remote in root.at("remote_write").items:
        yield remote.at("write_relabel_configs")


def _relabelling(rule: Node) -> Iterator[Flaw]:
    regex, action = rule.at("regex"), rule.at("action").text.lower()
    error = prometheus.regex_error(regex.text)
    if error:
        yield at(regex, f"regex {regex.text} is no pattern: {error}", prometheus.NO_PATTERN)
    if rule.is_map and action in _WITH_TARGET and not rule.at("target_label"):
        fix = "Add `target_label` with the label that gets the value."
        yield at(rule, f"action {action or 'replace'} has no target_label", fix)
