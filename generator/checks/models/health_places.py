"""Where else a service is asked for its health: places that may mean something else, unless the answers say the path.

A rule holds them to the answers alone; what they say of a service of somebody else is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block
from generator.checks.formats.yaml import Node
from generator.checks.models import dockerfile_facts, kubernetes
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.service_fact import HEALTH, Fact, asked_path
from generator.checks.models.services import RUNNING, answered, behind, main_containers
from generator.checks.source import Sources, lines

_ANNOTATION: Final = "alb.ingress.kubernetes.io/healthcheck-path"
_INSIDE: Final = re.compile(r"https?://([\w-]+)(?:\.[\w.-]+)?(?::\d+)?(/[\w./-]+)")


def facts(sources: Sources) -> Iterator[Fact]:
    """Liveness probes, settings of load balancers, compose, analyses; a service that is not known is called ""."""
    for one in kubernetes.of_kind(sources, *RUNNING):
        for container in main_containers(one):
            yield _fact(one, one.name, container.at("livenessProbe", "httpGet", "path"), "the livenessProbe")
    for one in kubernetes.of_kind(sources, "HealthCheckPolicy"):
        asked = one.node.at("spec", "default", "config", "httpHealthCheck", "requestPath")
        yield _fact(one, behind(sources, one.node.at("spec", "targetRef", "name").text), asked, "the path")
    for one in kubernetes.of_kind(sources, "Service", "Ingress"):
        annotation = one.node.at("metadata", "annotations", _ANNOTATION)
        yield _fact(one, _annotated(sources, one) if annotation else "", annotation, "the annotation")
    for one in kubernetes.of_kind(sources, "AnalysisTemplate", "ClusterAnalysisTemplate"):
        for metric in one.node.at("spec", "metrics").items:
            url = metric.at("provider", "web", "url")
            match = _INSIDE.fullmatch(url.text) if "health" in metric.at("name").text else None
            if match:
                service = behind(sources, match[1])
                yield Fact(service, HEALTH, match[2], f"the analysis {one.name}", one.path, url.line, url.column)
    yield from _composed(sources)
    yield from _target_groups(sources)


def _fact(one: Manifest, service: str, asked: Node, what: str) -> Fact:
    return Fact(service, HEALTH, asked.text, f"{what} of {one.kind} {one.name}", one.path, asked.line, asked.column)


def _annotated(sources: Sources, one: Manifest) -> str:
    """The service that an annotation is about; "" where an Ingress leads to several."""
    if one.kind == "Service":
        return behind(sources, one.name)
    routes = [path for rule in one.node.at("spec", "rules").items for path in rule.at("http", "paths").items]
    names = {route.at("backend", "service", "name").text for route in routes}
    return behind(sources, names.pop()) if len(names) == 1 else ""


def _composed(sources: Sources) -> Iterator[Fact]:
    for one in dockerfile_facts.running(sources):
        test = one.node.at("healthcheck", "test")
        for item in test.items or [test]:
            asked, _ = asked_path(item.text)
            if asked:
                column = lines(sources, one.path)[item.line - 1].rfind(asked) + 1
                yield Fact(one.name, HEALTH, asked, f"the healthcheck of {one.name}", one.path, item.line, column)


def _target_groups(sources: Sources) -> Iterator[Fact]:
    """Target groups of all services, and those that are called like one."""
    known = answered(sources, HEALTH)
    for path in sources.ending(".tf") if known else ():
        if b"aws_lb_target_group" in sources.tree[path].content:
            for block in hcl.parse(sources, path).body.of("resource"):
                yield from _target_group(path, block, block.name if block.name in known else "")


def _target_group(path: str, block: Block, service: str) -> Iterator[Fact]:
    of_all = service or block.body.get("for_each")
    if block.labels[:1] == ("aws_lb_target_group",) and of_all:
        for check in block.body.of("health_check"):
            asked = check.body.get("path")
            if asked and asked.literal:
                where = f"the health_check of {'.'.join(block.labels)}"
                yield Fact(service, HEALTH, asked.literal, where, path, asked.line, asked.column)
