"""A container listens on the port that it declares

`PORT` tells the process where to listen; `containerPort`, `EXPOSE`, what compose publishes and what a load balancer
asks say where others expect it. Where the two differ, the pod never becomes ready, or connections are refused with
every check green. Compared are the two of one container, a Dockerfile's `ENV PORT` with the container that sets no
other, a task with the load balancer's settings, and what compose publishes of an image whose port is known. In a
repository of agency-scaffold each is held to the port of its answers. Where all agree on another one it is a warning:
what is made next asks the port of the answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import dockerfile_facts, kubernetes, release_table, services
from generator.checks.models.dockerfile_facts import Running
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.service_fact import PORT, Fact
from generator.checks.rule import Flaw, Format, at, one_of
from generator.checks.source import Sources, shared
from generator.finding import Severity
from generator.places import ANSWERS_FILE

FORMAT = Format.KUBERNETES

_KNOWN: Final = {
    "prom/prometheus": "9090", "prom/alertmanager": "9093", "grafana/grafana": "3000", "postgres": "5432",
    "redis": "6379", "prom/node-exporter": "9100", "prom/blackbox-exporter": "9115", "mongo": "27017",
}  # fmt: skip
"""The port of images that have just one, unless they are told another."""


def files(sources: Sources) -> list[str]:
    composed = dockerfile_facts.by_path(sources)
    workloads = kubernetes.files_of(sources, *services.RUNNING)
    found = {*dockerfile_facts.titles(sources), *composed, *workloads, *services.tasks(sources)}
    return sorted(found | ({*_unanswered(sources)} - {release_table.PATH}))  # what `service-table` tells


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    # Of two that contradict each other the answers know which is wrong; that one alone is told.
    known = services.answered(sources, PORT)
    settled = {
        (fact.path, fact.line, fact.column) for service in known for fact in services.facts(sources, PORT)[service]
    }
    yield from (flaw for flaw in _contradicting(sources, path) if (path, flaw.line, flaw.column) not in settled)
    yield from _unanswered(sources).get(path, [])


@shared
def _unanswered(sources: Sources) -> dict[str, list[Flaw]]:
    """Places with other ports than the one that the answers say; a container may have several."""
    found: dict[str, list[Flaw]] = {}
    for service, right in services.answered(sources, PORT).items():
        places: dict[tuple[str, str], list[Fact]] = {}
        for fact in services.facts(sources, PORT)[service]:
            places.setdefault((fact.path, fact.where), []).append(fact)
        agree = [fact for of in places.values() for fact in of if fact.value == right.value and fact != right]
        severity = Severity.ERROR if agree else Severity.WARNING
        for (path, where), (first, *others) in places.items():
            if all(fact.value != right.value for fact in (first, *others)):
                message = f"{where} is {first.value}, where {right.place} have {right.value}"
                fix = f"Write {right.value}; if the port was changed on purpose, change it in {ANSWERS_FILE}, too."
                flaw = Flaw(first.line, message, fix, first.column, severity)
                found.setdefault(path, []).append(flaw)
    return found


def _contradicting(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _dockerfile(sources, path)
    for workload in kubernetes.in_file(sources, path, *services.RUNNING):
        for container in workload.pod.at("spec", "containers").items:
            yield from _pod(sources, workload, container)
    if path in services.tasks(sources):
        for container in services.task_containers(sources, path):
            yield from _task(sources, container)
    for one in dockerfile_facts.by_path(sources).get(path, ()):
        yield from _compose(sources, one)


def _dockerfile(sources: Sources, path: str) -> Iterator[Flaw]:
    service = dockerfile_facts.titles(sources).get(path)
    told = dockerfile_facts.told_port(sources, path, service) if service else None
    exposed = list(dockerfile_facts.exposed(sources, path, service)) if service and told else []
    if told and exposed and told.value not in {fact.value for fact in exposed}:
        # Either may be wrong: what the other files say of the service decides.
        others = [fact for fact in services.facts(sources, PORT)[told.service] if fact.path != path]
        wrong, right = exposed[0], told
        if any(fact.value == wrong.value for fact in others) and all(fact.value != told.value for fact in others):
            wrong, right = told, exposed[0]
        message = f"{wrong.where} is {wrong.value}, but {right.place} is {right.value}"
        yield at(wrong, message, f"Write {right.value}.")


def _pod(sources: Sources, workload: Manifest, container: Node) -> Iterator[Flaw]:
    ports = [port.at("containerPort") for port in container.at("ports").items]
    declared = {port.text for port in ports}
    told = services.told_port(container)
    if not declared or not all(port.isdecimal() for port in declared):
        return
    name = container.at("name").text
    if told and told.text not in declared:
        message = (
            f"{name} is told to listen on {told.text}, but declares {', '.join(sorted(declared))} as containerPort"
        )
        yield at(told, message, one_of(declared))
    image = None if told or _may_set(container) else _image(sources, workload, container)
    if image and image.value not in declared:
        message = f"{name} declares {ports[0].text}, but {image.place} is {image.value} and nothing here sets another"
        yield at(ports[0], message, f"Write {image.value}, or give the container PORT={ports[0].text}.")


def _may_set(container: Node) -> bool:
    """Whether something that is not seen here may tell the process its port."""
    named = any(entry.at("name").text == "PORT" for entry in container.at("env").items)
    return named or any(container.at(key) for key in ("envFrom", "command", "args"))


def _image(sources: Sources, workload: Manifest, container: Node) -> Fact | None:
    """The `ENV PORT` of the one Dockerfile that an image of that name is built from."""
    title = services.image_title(container)
    found = _told(sources).get(title, [])
    return found[0] if len(found) == 1 and title == workload.name else None


@shared
def _told(sources: Sources) -> dict[str, list[Fact]]:
    """The `ENV PORT` of all Dockerfiles of each title."""
    found: dict[str, list[Fact]] = {}
    for path, title in dockerfile_facts.titles(sources).items():
        told = dockerfile_facts.told_port(sources, path, title)
        found.setdefault(title, []).extend([told] if told else [])
    return found


def _task(sources: Sources, container: Node) -> Iterator[Flaw]:
    name = container.at("name").text
    ports = [mapping.at("containerPort") for mapping in container.at("portMappings").items]
    told = services.task_port(container)
    if ports and told and told.text not in {port.text for port in ports}:
        message = f"the task of {name} declares {ports[0].text}, but its PORT is {told.text}"
        yield at(ports[0], message, f"Write {told.text}.")
        return
    asked = [fact for fact in services.settings(sources) if fact.service == name and fact.what == PORT]
    for fact in asked[:1]:
        if ports and fact.value not in {port.text for port in ports}:
            message = f"the task of {name} declares {ports[0].text}, but {fact.place} is {fact.value}"
            yield at(ports[0], message, f"Write {fact.value}.")


def _compose(sources: Sources, one: Running) -> Iterator[Flaw]:
    targets = one.targets
    if any(services.is_answered(sources, PORT, one.name, target) for target, _ in targets):
        return
    port = one.port.text.removeprefix("PORT=")
    if targets and port and port not in {target for target, _ in targets}:
        yield _published(one, *targets[0], port, f"its PORT is {port}")
    exposed = {fact.value: fact for fact in _exposed(sources, one)} if targets and not port else {}
    if exposed and not any(target in exposed for target, _ in targets):
        # What is exposed is what is meant: the command may be told another.
        fact = next(iter(exposed.values()))
        flaw = _published(one, *targets[0], fact.value, f"{fact.place} is {fact.value}")
        yield replace(flaw, severity=Severity.WARNING)
    image = re.sub(r"^(?:docker\.io/)?(?:library/)?", "", one.node.at("image").text)
    known = _KNOWN.get(image.partition("@")[0].partition(":")[0])
    told = f"{one.node.at('command').value} {one.node.at('entrypoint').value} {one.node.at('environment').value}"
    if known and not re.search(r"(?i)listen|port|--?p\b|\D[0-9]{4,5}\D", told):
        for target, entry in targets:
            if target != known and len(targets) == 1:
                yield _published(one, target, entry, known, f"{image.partition(':')[0]} listens on {known}")


def _exposed(sources: Sources, one: Running) -> Iterator[Fact]:
    """What the Dockerfile of a service exposes, where compose runs it as it is."""
    told = any(one.node.at(key) for key in ("command", "entrypoint", "env_file")) or one.node.at("build", "target")
    if one.dockerfile and not told and not dockerfile_facts.told_port(sources, one.dockerfile, one.name):
        yield from dockerfile_facts.exposed(sources, one.dockerfile, one.name)


def _published(one: Running, target: str, entry: Node, port: str, why: str) -> Flaw:
    message = f"{one.name} publishes its port {target}, but {why}"
    place = entry.at("target") or entry
    return at(place, message, f"Write {port} as the port of the container.")
