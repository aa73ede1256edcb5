"""kube-state-metrics watches and tells what queries ask for

It has series of the kinds in `--resources` alone, and of the labels of objects tells those that
`--metric-labels-allowlist` names. An alert on anything else never fires. Add the kind or the label to its arguments, or
take out what asks for it. Where no container of the repository is kube-state-metrics, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, metrics, prometheus
from generator.checks.models.habits import Told, gathered, habit
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.prometheus import Query
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared
from generator.spelling import Guess, closest

FORMAT = Format.PROMETHEUS

_KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet")
_PROGRAM: Final = "kube-state-metrics"
_WATCHED: Final = "--resources"
_TOLD: Final = "--metric-labels-allowlist"
_METRIC: Final = re.compile(r"kube_([a-z]+)(?:_|\Z)")
_EVERY: Final = "label__"
"""What `*` becomes, by which all labels are told."""
_ENTRY: Final = re.compile(r"([a-z]+)=\[([^\]]*)\]")
_LABEL: Final = re.compile(r"\blabel_[A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class _Needed:
    """What a query asks for."""

    kind: str
    """As `--resources` calls it."""
    label: str
    """As the series calls it, label_...; "" for any series of the kind."""
    path: str
    query: Query


def files(sources: Sources) -> Iterator[str]:
    if _containers(sources):
        yield from dict.fromkeys([*(one.path for one, _ in _containers(sources)), *prometheus.queries(sources)])


def check(sources: Sources, path: str) -> list[Flaw]:
    return _told(sources).get(path, [])


@shared
def _told(sources: Sources) -> Told:
    return gathered((path, habit(flaw)) for path, flaw in _wrong(sources))


def _wrong(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    found = _containers(sources)
    watched = [_after(one, _WATCHED) for _, one in found]
    kinds = {kind.strip() for one in watched for kind in one.split(",")} if all(watched) else set()
    own, container = found[0]
    for need in _needed(sources):
        asking = f"{need.query.owner} ({need.path}:{need.query.node.line})"
        labels = _labels(sources).get(need.kind, frozenset())
        near = closest(need.label, sorted(labels), 0.85)
        if kinds and need.kind not in kinds and not need.label:
            message = f"kube-state-metrics does not watch {need.kind}, which {asking} asks for"
            yield own.path, at(_place(container, _WATCHED), message, f"Add {need.kind} to {_WATCHED}.")
        elif need.label and near and near != need.label:
            place = prometheus.spot(sources, need.path, need.query.node, need.label)
            message = f"{need.query.owner}: kube-state-metrics does not tell {need.label} of {need.kind}"
            yield need.path, at(place, message, near=Guess(near))
        elif need.label and not labels & {need.label, _EVERY} and (not kinds or need.kind in kinds):
            message = f"kube-state-metrics does not tell {need.label} of {need.kind}, which {asking} asks for"
            fix = f"Name the label that becomes {need.label} in {_TOLD}: {need.kind}=[...]."
            yield own.path, at(_place(container, _TOLD), message, fix)


@shared
def _labels(sources: Sources) -> dict[str, frozenset[str]]:
    """The labels that are told of each kind, as series call them."""
    told: dict[str, frozenset[str]] = {}
    for _, one in _containers(sources):
        for kind, names in _ENTRY.findall(_after(one, _TOLD)):
            own = {f"label_{re.sub(r'[^A-Za-z0-9_]', '_', name.strip())}" for name in names.split(",")}
            told[kind] = told.get(kind, frozenset()) | own
    return told


@shared
def _containers(sources: Sources) -> tuple[tuple[Manifest, Node], ...]:
    """The containers of kube-state-metrics, each with its workload."""
    return tuple(
        (one, container)
        for one in kubernetes.of_kind(sources, *_KINDS)
        for container in one.node.at("spec", "template", "spec", "containers").items
        if _PROGRAM in container.at("image").text
    )


def _after(container: Node, option: str) -> str:
    return next((arg.text.partition("=")[2] for arg in _arguments(container) if arg.text.startswith(f"{option}=")), "")


def _arguments(container: Node) -> list[Node]:
    return [*container.at("command").items, *container.at("args").items]


def _place(container: Node, option: str) -> Node:
    return next((arg for arg in _arguments(container) if arg.text.startswith(option)), container.key("args"))


@shared
def _needed(sources: Sources) -> tuple[_Needed, ...]:
    """What is asked of kube-state-metrics, each once."""
    known, found = _plurals(), dict[tuple[str, str], _Needed]()
    for path, queries in prometheus.queries(sources).items():
        for query in queries:
            selectors = prometheus.parse(query.text)[1]
            labelled = [one for one in selectors if one.name.endswith("_labels")]
            for one in selectors:
                match = _METRIC.match(one.name)
                kind = known.get(match[1], "") if match else ""
                labels = {label for label, _, _ in one.matchers if label.startswith("label_")}
                if labelled == [one]:
                    # What else is said of labels, as by label_replace, is of these.
                    labels |= set(_LABEL.findall(query.text)) - {"label_replace", "label_join"}
                for label in ("", *sorted(labels if one in labelled else ())) if kind else ():
                    found.setdefault((kind, label), _Needed(kind, label, path, query))
    return tuple(found.values())


def _plurals() -> Mapping[str, str]:
    """The kinds that its series are named after, and how `--resources` calls them."""
    names = {match[1] for name in metrics.of_exporters("kube") if (match := _METRIC.match(name))}
    return {name: kubernetes.plural(name) for name in names}
