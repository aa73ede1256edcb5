"""Network policies let pods out to ports that others have

A policy that lets pods out to others on a port which none of these has looks like access and is none: the connection
times out, which is the slowest way to learn of it. Compare the ports with those of the containers that the rule names.
For a whole namespace, and outside of a repository of agency-scaffold for a number, it is a warning: more may run there
than the repository shows, and a container may listen on a port that it does not declare. Where the answers of
agency-scaffold say the port of the policy, `container-port` tells the container's.
The pods of the cluster's DNS have the label `k8s-app: kube-dns`, also where CoreDNS answers: a policy that lets pods
out to others for DNS leaves them without any name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import kubernetes, services
from generator.checks.models.habits import habit
from generator.checks.models.kubernetes import Manifest
from generator.checks.models.kubernetes_world import no_port
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, shared
from generator.finding import Severity

FORMAT = Format.KUBERNETES

_NAME: Final = "kubernetes.io/metadata.name"
"""The label that every namespace has."""
_DNS: Final = "kube-dns"
_CALLED_SO: Final = ("coredns", "core-dns", "kubedns", "dns")
"""What people take the label to be; others are of DNS servers beside it."""


def files(sources: Sources) -> list[str]:
    return kubernetes.files_of(sources, "NetworkPolicy")


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for policy in kubernetes.in_file(sources, path, "NetworkPolicy"):
        for rule in policy.node.at("spec", "egress").items:
            peers = rule.at("to").items
            for peer in peers:
                yield from _dns(policy, rule, peer)
            # What names several peers lets out to each on all ports, whoever needs which.
            if len(peers) == 1 and not peers[0].at("ipBlock"):
                yield from _rule(sources, policy, rule, peers[0])


def _dns(policy: Manifest, rule: Node, peer: Node) -> Iterator[Flaw]:
    """What is let out to the cluster's DNS by a label that its pods do not have."""
    place = peer.at("namespaceSelector", "matchLabels", _NAME).text
    label = peer.at("podSelector", "matchLabels", "k8s-app")
    asks = any(entry.at("port").text == "53" for entry in rule.at("ports").items)
    if asks and place == "kube-system" and label.text.lower() in _CALLED_SO:
        message = f"NetworkPolicy {policy.name}: the pods of DNS have k8s-app={_DNS}, not {label.text}"
        yield habit(at(label, message, f"Write `k8s-app: {_DNS}`."))


def _rule(sources: Sources, policy: Manifest, rule: Node, peer: Node) -> Iterator[Flaw]:
    namespace, pods = _peer(sources, peer)
    declared = [kubernetes.ports_of(pod.containers) for pod in pods]
    known = set().union(*declared)
    if not known or not (namespace or all(declared)):
        return
    who = f"the namespace {namespace} has" if namespace else f"the pods that it lets out to ({pods[0].name}) have"
    for entry in rule.at("ports").items:
        port = entry.at("port")
        lacking = port and not entry.at("endPort") and port.text not in known
        if lacking and not services.is_answered_port(sources, pods, port.text):
            message = f"NetworkPolicy {policy.name}: {who} no port {port.text}"
            flaw = no_port(port, port.text, message, known)
            if namespace:
                yield replace(flaw, severity=Severity.WARNING)
            else:
                yield habit(flaw) if port.text.isdecimal() else flaw


def _peer(sources: Sources, peer: Node) -> tuple[str, list[Manifest]]:
    """(namespace, its workloads) for a whole namespace, ("", workloads) for pods by their labels."""
    labels = kubernetes.labels(peer.at("podSelector", "matchLabels"))
    place = kubernetes.labels(peer.at("namespaceSelector", "matchLabels"))
    if any(peer.at(key, "matchExpressions") for key in ("podSelector", "namespaceSelector")):
        return "", []
    if labels:
        return "", kubernetes.selected(sources, labels)
    if set(place) != {_NAME}:
        return "", []
    return place[_NAME], _inside(sources).get(place[_NAME], [])


@shared
def _inside(sources: Sources) -> dict[str, list[Manifest]]:
    """The workloads of each namespace that kustomizations above them, or they themselves, name."""
    named = {folder(path): root.at("namespace").text for path, root in kubernetes.kustomizations(sources).items()}
    found: dict[str, list[Manifest]] = {}
    for one in kubernetes.of_kind(sources, *kubernetes.WORKLOADS):
        here, namespace = folder(one.path), one.node.at("metadata", "namespace").text
        while not namespace and here:
            namespace, here = named.get(here, ""), folder(here)
        if namespace:
            found.setdefault(namespace, []).append(one)
    return found
