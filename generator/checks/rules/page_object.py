"""Commands of pages look for objects that are there

`kubectl --namespace X` in a runbook finds nothing where X has another name, and `kubectl patch cronjob X` is refused.
In a repository that agency-scaffold made, each must be a namespace or an object of its manifests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import markdown
from generator.checks.models import kubernetes
from generator.checks.models.kubernetes_world import is_made
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean, one_of
from generator.checks.source import Sources, lines

FORMAT = Format.MARKDOWN

_BUILT_IN: Final = frozenset(("default", "kube-system", "kube-public", "kube-node-lease"))
_OF_TOOLS: Final = frozenset(("argo-rollouts", "gateway"))
"""Namespaces that pages speak of also before the repository has them."""
_KINDS: Final = {
    "cronjob": "CronJob",
    "deployment": "Deployment",
    "externalsecret": "ExternalSecret",
    "hpa": "HorizontalPodAutoscaler",
    "httproute": "HTTPRoute",
    "networkpolicy": "NetworkPolicy",
    "rollout": "Rollout",
    "service": "Service",
    "statefulset": "StatefulSet",
}
"""What manifests alone make, as commands call it."""
_COMMAND: Final = re.compile(r"\bkubectl [^|;&`\n]*")
_NAMESPACE: Final = re.compile(r"(?:--namespace|-n)[ =]([a-z0-9-]+)(?=[\s`]|$)")
_OBJECT: Final = re.compile(
    r" (?:annotate|describe|get|logs|patch|port-forward|rollout [a-z]+|scale|wait)"
    rf" ({'|'.join(_KINDS)})s?[ /]([a-z0-9-]+)(?=[\s`]|$)"
)


def files(sources: Sources) -> Iterator[str]:
    if is_ours(sources) and kubernetes.names_of(sources, "Namespace"):
        yield from markdown.paths(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for number, row in enumerate(lines(sources, path), 1):
        for command in _COMMAND.finditer(row) if "kubectl " in row else ():
            for match in _NAMESPACE.finditer(command[0]):
                known = kubernetes.names_of(sources, "Namespace")
                if match[1] not in _BUILT_IN | _OF_TOOLS and not is_made(sources, "Namespace", match[1]):
                    near = did_you_mean(match[1], known)
                    message = f"there is no namespace {match[1]}"
                    yield at(Point(number, command.start() + match.start(1) + 1), message, one_of(known), near)
            for match in _OBJECT.finditer(command[0]):
                kind = _KINDS[match[1]]
                known = kubernetes.names_of(sources, kind)
                if known and not match[2].startswith("-") and not is_made(sources, kind, match[2]):
                    near = did_you_mean(match[2], known)
                    message = f"there is no {kind} {match[2]}"
                    yield at(Point(number, command.start() + match.start(2) + 1), message, one_of(known), near)
