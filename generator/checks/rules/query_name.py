"""Queries ask for services and objects that are there

A query with `service="website"`, where the service is called `web`, gives nothing: the alert never fires, and a release
that is judged by it is always good. Services are those of the answers and the release scripts, with those that alerts
themselves name; namespaces and objects those of the manifests. Judged in repositories that agency-scaffold generated,
where the names stand one by one (`web`, `web|api`) and not as patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import alertmanager, kubernetes, prometheus, release_table, service_names
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources, shared, text

FORMAT = Format.PROMETHEUS

_KINDS: Final = {
    "configmap": "ConfigMap",
    "cronjob": "CronJob",
    "daemonset": "DaemonSet",
    "deployment": "Deployment",
    "namespace": "Namespace",
    "statefulset": "StatefulSet",
}
"""What the labels of kube-state-metrics name."""
_NAMES: Final = re.compile(r"[\w-]+(?:\|[\w-]+)*")

_SPOKEN: Final = re.compile(rf"\b(?:{'|'.join(_KINDS)})[s]?(?: |/)([\w-]+)")

_CHARTS: Final = re.compile(r'\bnamespace\s*=\s*"([\w-]+)"')
_SYSTEM: Final = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})


def files(sources: Sources) -> list[str]:
    return [*prometheus.queries(sources), *prometheus.alertmanagers(sources)]


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if not is_ours(sources) or not service_names.known(sources):
        return
    for query in prometheus.queries(sources).get(path, ()):
        asked = (one for selector in prometheus.parse(query.text)[1] for one in selector.matchers)
        for label, operator, value in dict.fromkeys(asked):
            if operator in ("=", "=~") and _NAMES.fullmatch(value):
                for word in value.split("|"):
                    yield from _wrong(sources, path, query.node, label, word, query.owner)
    for matcher in alertmanager.every(sources, path) if path in prometheus.alertmanagers(sources) else ():
        for word in matcher.words if matcher.label == "service" else ():
            yield from _wrong(sources, path, matcher.node, "service", word, "Alertmanager")


def _wrong(sources: Sources, path: str, node: Node, label: str, word: str, owner: str) -> Iterator[Flaw]:
    kind = "service" if label == "service" else _KINDS.get(label, "")
    known = _known(sources, kind)
    near = did_you_mean(word, known)
    # What charts bring has names that nothing here says; a service or a namespace of that kind is named somewhere.
    if known and word not in known and (near or label in ("service", "namespace")):
        message = f"{owner}: there is no {kind} {word}"
        yield at(prometheus.spot(sources, path, node, word), message, one_of(known - _SYSTEM), near)


@shared
def _known(sources: Sources, kind: str) -> frozenset[str]:
    """The names of a kind; none where nothing is known of it."""
    if kind == "service":
        given = (rule.node.at("labels", "service").text for rule in prometheus.rules(sources))
        return service_names.known(sources) | kubernetes.names_of(sources, "Service") | _scraped(sources) | set(given)
    found = kubernetes.names_of(sources, kind) if kind else frozenset()
    if kind == "Namespace" and found:
        told = {row.word(0) for row in release_table.rows(sources, release_table.PLATFORM, "RELEASE_NAMESPACE")}
        of_charts = {match for path in sources.ending(".tf") for match in _CHARTS.findall(text(sources, path))}
        used = {one.node.at("metadata", "namespace").text for one in kubernetes.manifests(sources)}
        return found | _SYSTEM | told | of_charts | used
    return found | _by_scripts(sources) if found else found


def _scraped(sources: Sources) -> frozenset[str]:
    """The services that scrape jobs name as a label."""
    jobs = [
        job
        for path in prometheus.configurations(sources)
        for job in yaml.root(sources, path).at("scrape_configs").items
    ]
    groups = (group for job in jobs for group in job.at("static_configs").items)
    return frozenset(group.at("labels", "service").text for group in groups)


@shared
def _by_scripts(sources: Sources) -> frozenset[str]:
    """The objects that the scripts speak of to the API server, some of which they make."""
    texts = (text(sources, path) for path in sources.below("scripts/"))
    return frozenset(match[1] for content in texts for match in _SPOKEN.finditer(content))
