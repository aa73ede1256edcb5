"""What the files of a repository say of a service: the port that it listens on, the path that tells its health.

A service is known by its name: of a workload, of a container of a task, of what compose builds, of a Dockerfile. Each
fact has its place, so that a rule can hold one place to another and name both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from generator.checks.formats import hcl, yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import dockerfile_facts, hosts, kubernetes, release_table
from generator.checks.models.credentials import is_test
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.service_fact import HEALTH, PORT, Fact, asked_path
from generator.checks.source import Sources, lines, shared
from generator.places import ANSWERS_FILE

RUNNING: Final = (*kubernetes.SERVING, "DaemonSet")
"""Workloads that serve; those that run once ask nobody."""


def _at(service: str, what: str, node: Node, where: str, path: str) -> Fact:
    return Fact(service, what, node.text, where, path, node.line, node.column)


@shared
def facts(sources: Sources, what: str) -> dict[str, tuple[Fact, ...]]:
    """All facts of one kind, by service."""
    found: dict[str, list[Fact]] = {}
    for fact in _all(sources):
        if fact.what == what and fact.value:
            found.setdefault(fact.service, []).append(fact)
    return {service: tuple(of) for service, of in found.items()}


def answered(sources: Sources, what: str) -> dict[str, Fact]:
    """What the answers of a repository of ours say of each service."""
    said = [fact for of in facts(sources, what).values() for fact in of if fact.path == ANSWERS_FILE]
    return {fact.service: fact for fact in sorted(said, key=lambda fact: fact.line)}


def is_answered(sources: Sources, what: str, service: str, value: str) -> bool:
    """Whether the answers say this of a service: then a place that differs is told, and this one is right."""
    right = answered(sources, what).get(service)
    return right is not None and right.value == value


def is_answered_port(sources: Sources, workloads: Iterable[Manifest], port: str) -> bool:
    """Whether the answers say of one of these that it listens there, whatever it declares."""
    return any(is_answered(sources, PORT, one.name, port) for one in workloads)


def _all(sources: Sources) -> Iterator[Fact]:
    yield from dockerfile_facts.facts(sources)
    for one in kubernetes.of_kind(sources, *RUNNING):
        for container in main_containers(one):
            yield from container_ports(one, container)
            yield from _probes(one, container)
    for one in kubernetes.of_kind(sources, "TargetGroupConfiguration"):
        asked = one.node.at("spec", "defaultConfiguration", "healthCheckConfig", "healthCheckPath")
        target = one.node.at("spec", "targetReference", "name").text
        yield _at(behind(sources, target), HEALTH, asked, f"the target group of {target}", one.path)
    for path in tasks(sources):
        yield from _task(sources, path)
    yield from settings(sources)
    yield from _table(sources)
    yield from _asked_from_outside(sources)
    for service in yaml.root(sources, ANSWERS_FILE).at("services").items:
        for key, what in (("port", PORT), ("health_path", HEALTH)):
            yield _at(service.at("name").text, what, service.at(key), "the answers", ANSWERS_FILE)


def behind(sources: Sources, name: str) -> str:
    """The workload behind a Service; the Service's own name where that is not known."""
    for one in kubernetes.of_kind(sources, "Service"):
        selector = kubernetes.labels(one.node.at("spec", "selector"))
        if one.name == name and selector:
            found = [pods.name for pods in kubernetes.selected(sources, selector) if pods.kind in RUNNING]
            return found[0] if len(found) == 1 else name
    return name


def main_containers(workload: Manifest) -> list[Node]:
    """The container that is the service: the only one, or that with the workload's name."""
    containers = workload.pod.at("spec", "containers").items
    return containers if len(containers) == 1 else [one for one in containers if one.at("name").text == workload.name]


def told_port(container: Node) -> Node:
    """The value of the variable PORT of a container, where it stands there as a number."""
    values = [entry.at("value") for entry in container.at("env").items if entry.at("name").text == "PORT"]
    return values[0] if values and values[0].text.isdecimal() else yaml.ABSENT


def image_title(container: Node) -> str:
    """The last name of a container's image."""
    return container.at("image").text.partition("@")[0].rpartition("/")[2].partition(":")[0]


def exposed(sources: Sources, workload: Manifest, container: Node) -> frozenset[str]:
    """The ports that the image of a container exposes, where the workload is called like that image, built here."""
    said = facts(sources, PORT).get(workload.name, ()) if image_title(container) == workload.name else ()
    return frozenset(fact.value for fact in said if fact.where.startswith("EXPOSE"))


def container_ports(workload: Manifest, container: Node) -> Iterator[Fact]:
    """What a container of a workload is told to listen on, and what it declares."""
    told = told_port(container)
    yield _at(workload.name, PORT, told, f"PORT of {workload.kind} {workload.name}", workload.path)
    for port in container.at("ports").items:
        number = port.at("containerPort")
        yield _at(workload.name, PORT, number, f"containerPort of {workload.kind} {workload.name}", workload.path)


def _probes(workload: Manifest, container: Node) -> Iterator[Fact]:
    for probe in ("startupProbe", "readinessProbe"):
        asked = container.at(probe, "httpGet", "path")
        yield _at(workload.name, HEALTH, asked, f"the {probe} of {workload.kind} {workload.name}", workload.path)


@shared
def tasks(sources: Sources) -> tuple[str, ...]:
    """The files with a task definition of ECS."""
    return tuple(p for p in sources.ending(".json") if b'"containerDefinitions"' in sources.tree[p].content)


def task_containers(sources: Sources, path: str) -> list[Node]:
    """The containers of a task definition; JSON is YAML, which knows its places."""
    return yaml.root(sources, path).at("containerDefinitions").items


def task_port(container: Node) -> Node:
    """The value of the variable PORT of a container of a task."""
    values = [one.at("value") for one in container.at("environment").items if one.at("name").text == "PORT"]
    return values[0] if values and values[0].text.isdecimal() else yaml.ABSENT


def _task(sources: Sources, path: str) -> Iterator[Fact]:
    for container in task_containers(sources, path):
        name = container.at("name").text
        yield _at(name, PORT, task_port(container), f"PORT of the task of {name}", path)
        for mapping in container.at("portMappings").items:
            yield _at(name, PORT, mapping.at("containerPort"), f"containerPort of the task of {name}", path)
        for item in container.at("healthCheck", "command").items:
            asked, _ = asked_path(item.text)
            if asked:
                column = lines(sources, path)[item.line - 1].rfind(asked) + 1
                yield Fact(name, HEALTH, asked, f"the healthCheck of the task of {name}", path, item.line, column)


@shared
def settings(sources: Sources) -> tuple[Fact, ...]:
    """What Terraform's maps of services say: `api = { port = 8080, health_path = "/healthz" }`."""
    return tuple(
        fact
        for path in sources.ending(".tf", ".tfvars")
        if not is_test(path) and re.search(rb"health_?(?:check)?_path", sources.tree[path].content)
        for fact in _settings(sources, path)
    )


def _settings(sources: Sources, path: str) -> Iterator[Fact]:
    body = hcl.parse(sources, path).body
    values = [one.value for one in body.arguments]
    for block in body.blocks:
        wanted = ("default",) if block.type == "variable" else None
        if block.type in ("variable", "locals"):
            values += [one.value for one in block.body.arguments if wanted is None or one.name in wanted]
    for value in values:
        for service, _, inner in hcl.entries(value):
            given = {key: node for key, _, node in hcl.entries(inner)}
            health = given.get("health_path") or given.get("health_check_path") or given.get("healthcheck_path")
            if service and health is not None:
                port = given.get("port") or given.get("container_port")
                for what, node in ((HEALTH, health), (PORT, port)):
                    literal = hcl.literal(node) if node is not None else None
                    if literal:
                        yield Fact(service, what, literal, f"the setting of {service}", path, *hcl.place(node), False)


def _table(sources: Sources) -> Iterator[Fact]:
    for row in release_table.services(sources):
        for number, what in ((2, PORT), (3, HEALTH)):
            where = f"RELEASE_SERVICES for {row.words[0]}"
            yield Fact(row.words[0], what, row.words[number], where, release_table.PATH, row.line, row.column(number))


_ASKED: Final = re.compile(r"^\s*- [\"']?https?://[^/\s\"']+(/[^\s\"']+)[\"']?\s*$")


def _asked_from_outside(sources: Sources) -> Iterator[Fact]:
    """Hosts that are probed, with the label of their service behind them: `- https://host/path`, `service: name`."""
    for path in yaml.paths(sources):
        if b"- https://" not in sources.tree[path].content or b"service: " not in sources.tree[path].content:
            continue
        there = lines(sources, path)
        for number, line in enumerate(there, 1):
            match = _ASKED.match(line)
            label = hosts.labelled(there, number)
            if match and label:
                column = match.start(1) + 1
                where = f"the probe of {label} from outside"
                yield Fact(label, HEALTH, match[1], where, path, number, column, once=False)
