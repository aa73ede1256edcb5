"""Addresses within the cluster are those of a Service

Whoever asks `http://name.namespace.svc:port` of a Service that is not there, or of a port that it does not have,
gets no answer: an analysis undoes every release, Prometheus scrapes nothing. So it is for who asks through the API
server (`services/http:name:port/proxy`) or by `kubectl port-forward service/name`. Manifests, configurations and
scripts are judged, and pages of what agency-scaffold generated; Services that charts or operators make are not known,
and nothing is said where there are such, nor where a setting of a service or a target of Prometheus names a namespace
that the repository does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from generator.checks.formats import markdown
from generator.checks.models import kubernetes, prometheus
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kubernetes_world import held, is_made, missing
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean, one_of
from generator.checks.source import Sources, lines, text

FORMAT = Format.KUBERNETES

_ADDRESS = re.compile(
    r"(?<![\w.-])(?:[a-z0-9-]+\.)?([a-z0-9-]+)\.([a-z0-9-]+)\.svc\b(?:\.cluster\.local\b)?\.?(?::(\d+))?(?![\w$])"
)
_PROXY = re.compile(r"services/(?:https?:)?([a-z0-9-]+)(?::([a-z0-9-]+))?/proxy")
_FORWARD = re.compile(r"\bport-forward [^|;&`]{0,80}?\b(?:service|svc)/([a-z0-9-]+) +\d*:([a-z0-9-]+)(?![\w$-])")
_SYSTEM = ("default", "kube-system")


def files(sources: Sources) -> Iterator[str]:
    if kubernetes.of_kind(sources, "Service"):
        for path in sources.ending(".yaml", ".yml", ".sh", ".tf", ".json"):
            if any(word in text(sources, path) for word in (".svc", "/proxy", "port-forward ")):
                yield path
        for path in markdown.paths(sources) if is_ours(sources) else ():
            if "port-forward " in text(sources, path):
                yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _forwarded(sources, path)
    if path.endswith(".md"):
        return
    settings = _settings(sources, path)
    for number, line in enumerate(lines(sources, path), 1):
        if line.lstrip().startswith("#"):
            continue
        for match in _ADDRESS.finditer(line) if ".svc" in line else ():
            if match[2] not in _SYSTEM:
                yield from _address(sources, number, match, theirs=number in settings)
        for match in _PROXY.finditer(line) if "/proxy" in line else ():
            yield from _service(sources, number, match, match[2] or "", match.start(2) + 1)


def _forwarded(sources: Sources, path: str) -> Iterator[Flaw]:
    """The ports of Services to which kubectl leads."""
    for number, line in enumerate(lines(sources, path), 1):
        for match in _FORWARD.finditer(line) if "port-forward " in line and not line.lstrip().startswith("#") else ():
            if match[1] in kubernetes.names_of(sources, "Service"):
                yield from _service(sources, number, match, match[2], match.start(2) + 1)


def _settings(sources: Sources, path: str) -> Container[int]:
    """The lines that may well name what others run: Prometheus scrapes it, and services ask it."""
    if path in prometheus.configurations(sources):
        return range(1, len(lines(sources, path)) + 1)
    maps = kubernetes.in_file(sources, path, "ConfigMap")
    return frozenset(n for one in maps for n in range(one.node.line, one.node.raw.end_mark.line + 2))


def _address(sources: Sources, number: int, match: re.Match[str], *, theirs: bool) -> Iterator[Flaw]:
    namespaces = held(sources)
    if namespaces and match[2] not in namespaces and not is_made(sources, "Namespace", match[2]):
        near = did_you_mean(match[2], namespaces)
        if near or not theirs:
            fix = f"Add a Namespace {match[2]}, or name one that is there."
            flaw = at(Point(number, match.start(2) + 1), f"there is no namespace {match[2]}", fix, near)
            yield from missing(sources, flaw, sure=False)
    else:
        yield from _service(sources, number, match, match[3] or "", match.start(3) + 1)


def _service(sources: Sources, number: int, match: re.Match[str], port: str, column: int) -> Iterator[Flaw]:
    names = kubernetes.names_of(sources, "Service")
    same = [one for one in kubernetes.of_kind(sources, "Service") if one.name == match[1]]
    if not same:
        message = f"there is no Service {match[1]}"
        fix = f"Add the Service {match[1]}, or name one that is there."
        flaw = at(Point(number, match.start(1) + 1), message, fix, did_you_mean(match[1], names))
        yield from missing(sources, flaw, sure=False)
    elif port and not any(_has_port(sources, one, port) for one in same):
        message = f"Service {match[1]} has no port {port}"
        ports = {entry.at("port").text for one in same for entry in one.node.at("spec", "ports").items}
        # Behind one without an address of its own a pod may listen where nothing says so.
        sure = not any(_is_headless(one) for one in same)
        yield from missing(sources, Flaw(number, message, one_of(ports), column), sure=sure)


def _has_port(sources: Sources, service: Manifest, port: str) -> bool:
    """Whether a port is served; a Service without an address of its own leads to whatever pods listen on."""
    spec = service.node.at("spec")
    served = {one.at(key).text for one in spec.at("ports").items for key in ("port", "name", "targetPort")}
    if _is_headless(service):
        pods = kubernetes.selected(sources, kubernetes.labels(spec.at("selector"))) if spec.at("selector") else []
        listening = {each for pod in pods for each in kubernetes.ports_of(pod.containers)}
        return not listening or port in served | listening
    return spec.at("type").text == "ExternalName" or any(
        port in (one.at("port").text, one.at("name").text) for one in spec.at("ports").items
    )


def _is_headless(service: Manifest) -> bool:
    return service.node.at("spec", "clusterIP").text == "None"
