"""Jobs that look for pods find some

A job of Prometheus keeps the pods whose labels it names, and of these the port that it names. Where no pod has such a
label or such a port, or the namespace is not there, the job has no target and nothing says so: the alerts on it are
silent. Compare them with the pods of the manifests. In a repository of agency-scaffold a job that names some of the
services names them all. A name unlike all others is not judged where charts may bring more, and is a warning in a
repository of somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, prometheus, release_table, scraped
from generator.checks.models.habits import habit
from generator.checks.models.kubernetes import Manifest
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, shared

FORMAT = Format.PROMETHEUS

_LABEL: Final = "__meta_kubernetes_pod_label_"
_OTHER: Final = "Write one that pods of the repository have, or take it out."
_PORT: Final = "__meta_kubernetes_pod_container_port_name"
_PLAIN: Final = re.compile(r"[\w.-]+(?:\|[\w.-]+)*")


def files(sources: Sources) -> Iterator[str]:
    for path in prometheus.configurations(sources):
        if any(_kept(job, _LABEL) for job in _jobs(sources, path)) and _labelled(sources):
            yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for job in _jobs(sources, path):
        pods: list[Manifest] = []
        yield from _namespaces(sources, job)
        for label, place in _kept(job, _LABEL):
            yield from _labels(sources, job, label, place)
            pods += [pod for value in place.text.split("|") for pod in _labelled(sources).get((label, value), [])]
        names = {port.at("name").text for pod in pods for one in pod.containers for port in one.at("ports").items}
        for _, place in _kept(job, _PORT) if pods else ():
            if not names & set(place.text.split("|")):
                message = f"{_name(job)}: none of its pods has a port named {place.text}"
                fix = f"Name the port {place.text} in the `ports` of its containers."
                yield at(place, message, fix, did_you_mean(place.text, names - {""}))


def _jobs(sources: Sources, path: str) -> Iterator[Node]:
    """The jobs that find pods by the API of Kubernetes."""
    for job in yaml.root(sources, path).at("scrape_configs").items:
        if any(one.at("role").text == "pod" for one in job.at("kubernetes_sd_configs").items):
            yield job


def _namespaces(sources: Sources, job: Node) -> Iterator[Flaw]:
    for config in job.at("kubernetes_sd_configs").items:
        for item in config.at("namespaces", "names").items:
            known = _known(sources)
            near = did_you_mean(item.text, known)
            if known and item.text not in known and (near or not scraped.made_elsewhere(sources)):
                flaw = at(item, f"{_name(job)}: nothing is in a namespace {item.text}", _OTHER, near)
                # A name unlike all others may be of somebody else's repository.
                yield flaw if near else habit(flaw)


@shared
def _known(sources: Sources) -> frozenset[str]:
    """The namespaces of the tree, and those that every cluster has."""
    found = {one.node.at("metadata", "namespace").text for one in kubernetes.manifests(sources)}
    found |= {one.name for one in kubernetes.of_kind(sources, "Namespace")}
    found |= {root.at("namespace").text for root in kubernetes.kustomizations(sources).values()}
    return frozenset(found - {""}) | {"default", "kube-system"} if found - {""} else frozenset()


def _name(job: Node) -> str:
    return job.at("job_name").text


def _kept(job: Node, source: str) -> list[tuple[str, Node]]:
    """(the rest of the source label, pattern) of the plain names that a job keeps by one label."""
    found = []
    for rule in job.at("relabel_configs").items:
        labels = [item.text for item in rule.at("source_labels").items]
        pattern = rule.at("regex")
        keeps = rule.at("action").text == "keep" and len(labels) == 1 and labels[0].startswith(source)
        if keeps and _PLAIN.fullmatch(pattern.text):
            found.append((labels[0].removeprefix(source), pattern))
    return found


@shared
def _labelled(sources: Sources) -> dict[tuple[str, str], list[Manifest]]:
    """The workloads by each label of their pods, as Prometheus writes it, and its value."""
    found: dict[tuple[str, str], list[Manifest]] = {}
    for one in kubernetes.of_kind(sources, *kubernetes.WORKLOADS):
        for label, value in kubernetes.labels(one.pod.at("metadata", "labels")).items():
            found.setdefault((re.sub(r"\W", "_", label), value), []).append(one)
    return found


def _labels(sources: Sources, job: Node, label: str, place: Node) -> Iterator[Flaw]:
    known = {value for name, value in _labelled(sources) if name == label}
    given = place.text.split("|")
    for value in given:
        near = did_you_mean(value, known)
        if known and value not in known and (near or not scraped.made_elsewhere(sources)):
            flaw = at(place, f"{_name(job)}: no pod has the label {label} {value}", _OTHER, near)
            yield flaw if near else habit(flaw)
    rows = release_table.services(sources)
    # One whose requests are not counted may well be left out.
    missing = [row.words[0] for row in rows if row.word(4) == "metrics" and row.words[0] not in given]
    missing = [one for one in missing if one in known]
    if missing and len(set(given) & {row.words[0] for row in rows}) > 1:
        message = f"{_name(job)} leaves out {', '.join(missing)}: nobody hears of it when it is down"
        yield at(place, message, f"Write {'|'.join((*given, *missing))}.")
