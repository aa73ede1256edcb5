"""Workloads that a release replaces pod by pod: Deployment, autoscaler and disruption budget per service."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from generator import facts
from generator.component import Answers, Part, Parts, Service, builds, contributes, load_list
from generator.parts import Decision, Flow, Runbook

_YAML_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


@dataclass(frozen=True)
class ServiceView:
    """A service as its workload sees it; `word` is its name as a YAML word."""

    name: str
    word: str
    port: int
    health_path: str
    has_secrets: bool
    has_any_secret: bool
    cpu: str
    memory: str
    grows_with_load: bool
    """Whether more load means more memory, and less load less: not where the runtime keeps what it once took."""


@dataclass(frozen=True)
class Context:
    """The names that the templates see."""

    services: tuple[ServiceView, ...]
    has_database: bool
    min: int
    max: int
    step: int
    cpu_percent: int
    memory_percent: int


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The view-model of the workloads."""
    low, high = facts.replicas(answers, production=False)
    return Context(
        services=tuple(_service(answers, s) for s in facts.long_running(answers)),
        has_database=answers.data.database != "none",
        min=low,
        max=high,
        # Half of the way in one minute, and never so few that the percentage decides alone.
        step=max(4, math.ceil((answers.scaling.max - answers.scaling.min) / 2)),
        cpu_percent=answers.scaling.cpu_percent,
        memory_percent=answers.scaling.memory_percent,
    )


def _service(answers: Answers, service: Service) -> ServiceView:
    millis, mib = facts.REPLICA_SIZES[service.size]
    return ServiceView(
        name=service.name,
        word=f'"{service.name}"' if service.name in _YAML_WORDS else service.name,
        port=service.port,
        health_path=service.health_path,
        has_secrets=bool(service.secrets),
        has_any_secret=bool(service.secrets) or answers.data.database != "none",
        cpu=f"{millis}m",
        memory=f"{mib}Mi",
        grows_with_load=service.language != "java",
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What rolling releases add to the files of others."""
    kubectl, example = f"kubectl --namespace {facts.namespace(answers)}", facts.long_running(answers)[0].name
    of_service = f"--selector app.kubernetes.io/name={example}"
    yield from load_list(Decision, __file__, "decisions.yml")
    yield Flow(
        source="kubelet",
        target="every pod of the application",
        port="the service's port",
        why="probes; a node may always reach its own pods",
        enforced_by="the cluster's network",
    )
    yield Runbook(
        book="deployment",
        title="What a rolling release does",
        position=10,
        text="Per service, a quarter more pods come up with the new version. Each must pass its probes, be healthy at "
        "the load balancer and stay ready for 10 s; then as many old pods get 15 s to leave the load balancer and 45 s "
        "more to end. A rollout without progress for 300 s has failed. Capacity never drops below what runs now.",
        steps=(
            ("See which pods run which version", f"{kubectl} get pods --label-columns app.kubernetes.io/version"),
            ("Follow the rollout", f"{kubectl} rollout status deployment {example} --timeout 300s"),
            ("See why a pod does not become ready", f"{kubectl} describe pods {of_service}"),
            ("Read the last words of a pod that crashed", f"{kubectl} logs {of_service} --previous --tail 100"),
        ),
    )
    scaling = answers.scaling
    java = any(s.language == "java" for s in facts.long_running(answers))
    kept = " (Java: of its CPU alone, since a heap does not shrink)" if java else ""
    yield Runbook(
        book="scaling",
        title="What the autoscaler does",
        position=10,
        text=f"Each service is held at {scaling.cpu_percent} % of its requested CPU and {scaling.memory_percent} % of "
        f"its memory{kept}, "
        f"in production between {scaling.min} and {scaling.max} replicas. Up: at once, all the way within "
        "two minutes. Down: after five quiet minutes, at most by half each minute.",
    )
