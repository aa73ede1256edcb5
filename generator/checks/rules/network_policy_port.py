"""Network policies open the ports that their pods listen on

A policy that lets traffic in on a port which none of its pods has looks like access and is none: the
connection times out, which is the slowest way to learn of it. Compare the ports with the containers'. Where the answers
of agency-scaffold say the port of the policy, `container-port` tells the container's.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import kubernetes, services
from generator.checks.models.habits import habit
from generator.checks.models.kubernetes_world import no_port
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, "NetworkPolicy")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for policy in kubernetes.in_file(sources, path, "NetworkPolicy"):
        spec = policy.node.at("spec")
        selector = kubernetes.labels(spec.at("podSelector", "matchLabels"))
        pods = kubernetes.selected(sources, selector) if selector else []
        known = kubernetes.ports_of([container for pod in pods for container in pod.containers])
        for rule in spec.at("ingress").items if known else ():
            for entry in rule.at("ports").items:
                port = entry.at("port")
                lacking = port and not entry.at("endPort") and port.text not in known
                if lacking and not services.is_answered_port(sources, pods, port.text):
                    message = f"NetworkPolicy {policy.name}: its pods have no port {port.text}"
                    flaw = no_port(port, port.text, message, known)
                    yield flaw if not port.text.isdecimal() else habit(flaw)
