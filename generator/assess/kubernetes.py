"""What Kubernetes manifests show of services: ports, probes, and which can be reached from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from generator.assess.containers import ASIDE, by_name, of_image
from generator.assess.evidence import Strength, Unit, port
from generator.assess.folder import Folder, at, parent

_WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet", "Rollout")
_FRONTS: Final = ("Ingress", "HTTPRoute", "VirtualService", "IngressRoute")


def manifests(folder: Folder) -> list[str]:
    """The files with manifests; those of a Helm chart are templates, and are not read."""
    found = []
    for path in folder.named(r".+\.ya?ml"):
        text = folder.text(path) if not path.startswith(".github/") else ""
        if "{{" not in text and re.search(r"^apiVersion:", text, re.M) and re.search(r"^kind:", text, re.M):
            found.append(path)
    return found


def shown(folder: Folder, units: list[Unit]) -> None:
    """Adds what manifests show of units, by the names of their images."""
    told = re.compile(rf"^kind:\s*[\"']?({'|'.join((*_WORKLOADS, *_FRONTS, 'Service'))})\b", re.M)
    # Others, as definitions of resources, are long and say nothing of services.
    read = [p for p in manifests(folder) if not ASIDE.search(parent(p)) and told.search(folder.text(p))]
    documents = [(path, one) for path in read for one in folder.documents(path)]
    public: dict[str, dict[str, str]] = {}
    for path, one in documents:
        public.setdefault(parent(path), {}).update(dict.fromkeys(_fronted(one), path))
    known = by_name(folder, units)
    for path, one in documents:
        if one.get("kind") in _WORKLOADS:
            for image, container in _containers(one):
                found = of_image(image, known)
                if len(found) == 1:
                    found[0].role = "service"
                    _container(folder, found[0], path, container)
                    _reached(found[0], path, _names(one), public[parent(path)])


def _containers(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each with its image."""
    listed = at(document, "spec", "template", "spec", "containers")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict):
            yield str(one.get("image", "")), one


def _names(document: dict[str, Any]) -> set[str]:
    """What others may call a workload by: its name, and the labels of its pods."""
    labels = at(document, "spec", "template", "metadata", "labels")
    listed = labels.values() if isinstance(labels, dict) else ()
    return {str(one) for one in (at(document, "metadata", "name"), *listed)}


def _container(folder: Folder, unit: Unit, path: str, container: dict[str, Any]) -> None:
    listed = container.get("ports")
    rows = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    ports = {str(one.get("name", "")): one.get("containerPort") for one in rows}
    number = port(next(iter(ports.values())) if len(ports) == 1 else ports.get("http"))
    if number:
        line = folder.line(path, rf"containerPort:\s*{number}\b")
        unit.shows("port", number, path, line, "containerPort", Strength.DECLARED + 4)
        unit.shows("kind", "web", path, line, "containerPort", Strength.USUAL)
    elif not ports:
        unit.shows("kind", "worker", path, 0, f"{path.rpartition('/')[2]} gives it no port", Strength.USUAL)
    listed = container.get("env")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and one.get("name") == "PORT" and re.fullmatch(r"\d{2,5}", str(one.get("value"))):
            line = folder.line(path, r"name:\s*[\"']?PORT\b")
            unit.shows("port", int(one["value"]), path, line, "the variable PORT", Strength.DECLARED + 6)
    for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
        asked = at(container, probe, "httpGet", "path")
        if isinstance(asked, str):
            line = folder.line(path, rf"path:\s*[\"']?{re.escape(asked)}")
            route = asked.partition("?")[0]
            unit.shows("health_path", route, path, line, f"the {probe}", Strength.STARTS)
            return
        if at(container, probe, "grpc"):
            unit.notes.append(f"{unit.path}: its health is asked by gRPC, ours asks by HTTP")
            return


def _reached(unit: Unit, path: str, names: set[str], public: dict[str, str]) -> None:
    """Where the manifests of a folder open something to the outside, what they do not open is inside."""
    if front := next((public[name] for name in sorted(names) if name in public), ""):
        unit.shows("public", True, front, 0, "opened to the outside there", Strength.NAMED)
    elif public:
        unit.shows("public", False, path, 0, "no manifest opens it to the outside", Strength.NAMED)


def _fronted(document: dict[str, Any]) -> Iterator[str]:
    """The names of what a manifest opens to the outside."""
    if document.get("kind") == "Service" and at(document, "spec", "type") in ("LoadBalancer", "NodePort"):
        selector = at(document, "spec", "selector")
        yield from map(str, selector.values()) if isinstance(selector, dict) else ()
    elif document.get("kind") in _FRONTS:
        yield from re.findall(r"'(?:name|serviceName|host)': '([a-z0-9-]+)'", repr(document.get("spec")))
