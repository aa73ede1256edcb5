"""The scrape job of the services."""

from __future__ import annotations

from typing import Any, Final

from generator import facts
from generator.component import Answers
from generator.parts import ScrapeJob

LIMITS: Final = {"sample_limit": 20000, "label_limit": 40, "label_value_length_limit": 500, "body_size_limit": "20MB"}
"""What one target may expose at most, so that one service cannot fill the storage of all."""
NAME: Final = "__meta_kubernetes_pod_label_app_kubernetes_io_name"
LABELS: Final = {
    "service": NAME,
    "version": "__meta_kubernetes_pod_label_app_kubernetes_io_version",
    "namespace": "__meta_kubernetes_namespace",
    # The rules know a replica by `instance`; `pod` joins what kube-state-metrics says of it.
    "instance": "__meta_kubernetes_pod_name",
    "pod": "__meta_kubernetes_pod_name",
    "node": "__meta_kubernetes_pod_node_name",
}


def services_job(answers: Answers) -> ScrapeJob:
    """Every running pod that carries a service's name, each at its service's path."""
    names = "|".join(s.name for s in facts.scraped(answers))
    return ScrapeJob(
        name="services",
        comment="The services: every running pod that carries a service's name, at its port `http`.",
        config={
            "scrape_interval": "5s",
            "scrape_timeout": "4s",
            **LIMITS,
            "kubernetes_sd_configs": [{"role": "pod", "namespaces": {"names": [facts.namespace(answers)]}}],
            "relabel_configs": [
                _rule("keep", NAME, names),
                _rule("keep", "__meta_kubernetes_pod_container_port_name", "http"),
                _rule("drop", "__meta_kubernetes_pod_phase", "Pending|Succeeded|Failed|Unknown"),
                *_paths(answers),
                *({"source_labels": [source], "target_label": label} for label, source in LABELS.items()),
            ],
        },
    )


def _rule(action: str, source: str, pattern: str) -> dict[str, Any]:
    return {"action": action, "source_labels": [source], "regex": pattern}


def _paths(answers: Answers) -> list[dict[str, Any]]:
    """A rule for each path other than the usual one, with the services that have it."""
    by_path: dict[str, list[str]] = {}
    for service in facts.scraped(answers):
        by_path.setdefault(service.metrics_path, []).append(service.name)
    return [
        {
            "source_labels": [NAME],
            "regex": "|".join(names),
            "target_label": "__metrics_path__",
            "replacement": path,
        }
        for path, names in by_path.items()
        if path != "/metrics"
    ]
