"""Rollouts name Services, routes and analyses that exist

The controller of Argo Rollouts takes a Rollout that names what is not there, and then does nothing: its
status says InvalidSpec, and no release goes on or back. So it is with two Services that are one, with a
Service that selects the pods of another, with an analysis that is not given what its template asks for, and with a
route that does not name both Services that lead to the versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator import rollouts
from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kubernetes_world import absent, missing
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_HASH: Final = "rollouts-pod-template-hash"


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, "Rollout")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for rollout in kubernetes.in_file(sources, path, "Rollout"):
        for name in _services(rollout):
            yield from _missing(sources, rollout, "Service", name)
            yield from _others_pods(sources, rollout, name)
        for first, second in _pairs(rollout):
            if first.text and first.text == second.text:
                message = f"Rollout {rollout.name}: the two Services must not be one, and both are {second.text}"
                yield at(second, message, _second(sources, second.text))
        for analysis in _analyses(rollout):
            for template in analysis.at("templates").items:
                if template.at("clusterScope").text != "true":
                    yield from _analysis(sources, rollout, analysis, template.at("templateName"))
        route = _canary(rollout).at("trafficRouting", "plugins", rollouts.PLUGIN, "httpRoute")
        if route:
            yield from _missing(sources, rollout, "HTTPRoute", route)
            yield from _backends(sources, rollout, route)


def _canary(rollout: Manifest) -> Node:
    return rollout.node.at("spec", "strategy", "canary")


def _services(rollout: Manifest) -> Iterator[Node]:
    yield from (name for pair in _pairs(rollout) for name in pair if name)


def _pairs(rollout: Manifest) -> Iterator[tuple[Node, Node]]:
    """The Services that must be two."""
    canary, blue_green = _canary(rollout), rollout.node.at("spec", "strategy", "blueGreen")
    yield canary.at("stableService"), canary.at("canaryService")
    yield _turns(canary)
    yield blue_green.at("activeService"), blue_green.at("previewService")


def _second(sources: Sources, name: str) -> str:
    """The fix where one Service is named twice: where another is called like it, that is meant."""
    apart = {"ping": "pong", "active": "preview", "stable": "canary"}
    meant = [name.removesuffix(one) + other for one, other in apart.items() if name.endswith(f"-{one}")]
    known = kubernetes.names_of(sources, "Service")
    names = [one for one in (*meant, f"{name}-canary", f"{name}-preview") if one in known]
    return f"Write {names[0]}." if names else "Name another Service, which selects the same pods."


def _others_pods(sources: Sources, rollout: Manifest, name: Node) -> Iterator[Flaw]:
    """A Service whose selector the pods of the Rollout do not meet, labels that kustomizations add left out."""
    own = kubernetes.labels(rollout.pod.at("metadata", "labels"))
    same = [one for one in kubernetes.of_kind(sources, "Service") if one.name == name.text]
    for key, value in kubernetes.labels(same[0].node.at("spec", "selector")).items() if len(same) == 1 else ():
        # What the controller itself puts there; what the pods do not have at all may be added to them.
        if key != _HASH and key in own and own[key] != value and not kubernetes.is_put_in_later(own[key] + value):
            message = f"Rollout {rollout.name}: Service {name.text} ({same[0].path}) selects {key}={value}"
            message += f", and its pods have {own[key]}"
            yield at(name, message, f"Write `{key}: {own[key]}` in the selector of Service {name.text}.")


def _turns(canary: Node) -> tuple[Node, Node]:
    return canary.at("pingPong", "pingService"), canary.at("pingPong", "pongService")


def _analyses(rollout: Manifest) -> Iterator[Node]:
    canary, blue_green = _canary(rollout), rollout.node.at("spec", "strategy", "blueGreen")
    yield from (step.at("analysis") for step in canary.at("steps").items)
    yield from (canary.at("analysis"), blue_green.at("prePromotionAnalysis"), blue_green.at("postPromotionAnalysis"))


def _missing(sources: Sources, rollout: Manifest, kind: str, name: Node) -> Iterator[Flaw]:
    known = kubernetes.names_of(sources, kind)
    if name.text not in known:
        yield from missing(sources, absent(rollout, kind, name, known))


def _analysis(sources: Sources, rollout: Manifest, analysis: Node, name: Node) -> Iterator[Flaw]:
    yield from _missing(sources, rollout, "AnalysisTemplate", name)
    given = {arg.at("name").text for arg in analysis.at("args").items}
    same = [one for one in kubernetes.of_kind(sources, "AnalysisTemplate") if one.name == name.text]
    # Of several that are called so, any may be meant.
    asked = [[wanted for wanted in _asked(template) if wanted not in given] for template in same]
    for wanted in min(asked, key=len, default=[]):
        message = f"Rollout {rollout.name}: AnalysisTemplate {name.text} is not given {wanted}"
        yield at(name, message, f"Add `name: {wanted}` and its value to the `args` of the analysis.")


def _asked(template: Manifest) -> Iterator[str]:
    """The arguments that a template must be given."""
    for arg in template.node.at("spec", "args").items:
        if not arg.at("value") and not arg.at("valueFrom"):
            yield arg.at("name").text


def _backends(sources: Sources, rollout: Manifest, name: Node) -> Iterator[Flaw]:
    canary = _canary(rollout)
    pair = _turns(canary) if canary.at("pingPong") else (canary.at("stableService"), canary.at("canaryService"))
    for route in kubernetes.of_kind(sources, "HTTPRoute"):
        for rule in route.node.at("spec", "rules").items if route.name == name.text else ():
            led = {backend.at("name").text for backend in rule.at("backendRefs").items}
            for service in pair:
                if service.text not in led:
                    message = f"Rollout {rollout.name}: HTTPRoute {route.name} does not lead to {service.text}"
                    fix = f"Add {service.text} to the `backendRefs` of each rule of HTTPRoute {route.name}."
                    yield at(service, message, fix)
