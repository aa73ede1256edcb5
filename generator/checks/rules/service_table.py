"""The release scripts know the services as they are

`RELEASE_SERVICES` in `scripts/lib/release.env.sh` tells the scripts of agency-scaffold what there is to release, and
by which port a service is asked. A service that stands there and is nowhere stops every release; one that is missing
is released by nobody; one with another port is never judged good. So is the kind of workload (`RELEASE_WORKLOAD`) held
to the manifests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, release_table, services
from generator.checks.models.release_table import PATH, PLATFORM, Row
from generator.checks.models.service_fact import PORT
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean, one_of
from generator.checks.source import Sources, folder, name, shared

FORMAT = Format.SHELL

_KINDS: Final = (*services.RUNNING, "CronJob")

_SORTS: Final = ("web", "worker", "job", "static", "model")
"""The kinds of service of the answers."""


def files(sources: Sources) -> Iterator[str]:
    if release_table.services(sources) and _known(sources):
        yield from (path for path in (PATH, PLATFORM) if path in sources.tree)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path == PLATFORM:
        yield from _kind(sources)
        return
    rows = release_table.services(sources)
    known = _known(sources)
    for row in rows:
        if row.words[0] not in known:
            message = f"there is no service {row.words[0]}"
            fix = "Write the name of its workload, or take the line out."
            yield at(Point(row.line, row.columns[0]), message, fix, did_you_mean(row.words[0], known))
        elif row.words[1] not in _SORTS:
            message = f"there is no kind of service {row.words[1]}"
            yield at(Point(row.line, row.columns[1]), message, one_of(_SORTS), did_you_mean(row.words[1], _SORTS))
        else:
            yield from _port(sources, row)
    told = {row.words[0] for row in rows}
    for missing in sorted(set(known) - told):
        if not any(did_you_mean(missing, {one}) for one in told - set(known)):
            message = f"{missing} ({known[missing]}) is missing here: nothing releases it"
            yield Flaw(rows[0].line, message, f"Add a line that begins with {missing}.", 1)


@shared
def _known(sources: Sources) -> dict[str, str]:
    """The services that the repository runs, with the files of their workloads."""
    found = {}
    for one in kubernetes.of_kind(sources, *_KINDS):
        # Each has a folder of its own name; other workloads are of the platform.
        if one.path.startswith("infrastructure/kubernetes/") and name(folder(one.path)) == one.name:
            found[one.name] = one.path
    for path in services.tasks(sources):
        if folder(path) == "infrastructure/ecs":
            found[name(path).removesuffix(".json")] = path
    return found


def _port(sources: Sources, row: Row) -> Iterator[Flaw]:
    service, port = row.words[0], row.words[2]
    facts = services.facts(sources, PORT).get(service, ())
    own = [fact for fact in facts if fact.where.startswith("containerPort")]
    if own and port not in {fact.value for fact in own}:
        right = services.answered(sources, PORT).get(service, own[0])
        if right.value != port:  # else `container-port` tells the container's
            message = f"{service} is asked at port {port}, but {own[0].place} is {own[0].value}"
            yield Flaw(row.line, message, f"Write {right.value}.", row.column(2))
        return
    routed = {ref.at("name").text for one in kubernetes.of_kind(sources, "HTTPRoute") for ref in _backends(one.node)}
    for one in kubernetes.of_kind(sources, "Service"):
        ports = [entry.at("port").text for entry in one.node.at("spec", "ports").items]
        # Where a route leads to the Service, its port is held to the route.
        if one.name == service and ports and port not in ports and service not in routed:
            message = f"{service} is asked at port {port}, but Service {service} ({one.path}) has {', '.join(ports)}"
            yield Flaw(row.line, message, one_of(ports), row.column(2))


def _backends(node: Node) -> Iterator[Node]:
    for rule in node.at("spec", "rules").items:
        yield from rule.at("backendRefs").items


def _kind(sources: Sources) -> Iterator[Flaw]:
    told = {row.words[0] for row in release_table.services(sources)}
    kinds = {one.kind for one in kubernetes.of_kind(sources, *services.RUNNING) if one.name in told}
    for row in release_table.rows(sources, PLATFORM, "RELEASE_WORKLOAD"):
        given = row.word(0)
        if kinds and re.fullmatch(r"[A-Z]\w+", given) and given not in kinds:
            message = f"the workloads of the services are of kind {', '.join(sorted(kinds))}, not {given}"
            yield Flaw(row.line, message, one_of(kinds), row.columns[0])
