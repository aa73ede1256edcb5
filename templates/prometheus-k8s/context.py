"""Runs Prometheus, Alertmanager and the exporters in the cluster, and watches the cluster itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from generator import facts
from generator.component import Answers, Part, Parts, builds, contributes, load_yaml, pins
from generator.parts import (
    Alert,
    Area,
    Decision,
    DiagramEdge,
    DiagramNode,
    Flow,
    ScanException,
    ScrapeJob,
    SizeRow,
    TodoItem,
)

ACCEPTED: Final = {
    "KSV-0009": "node-exporter measures the network of the node, which only the node's own namespace shows",
    "KSV-0121": "node-exporter measures every file system of the node; the mount is read-only, the user is not root",
}
"""What trivy finds in node-exporter, and why it must be so."""
NODE_EXPORTER: Final = "node-exporter"
"""Namespace of node-exporter: alone, because only it needs the node."""
ACCOUNT_PATH: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN: Final[dict[str, Any]] = {
    # What the kubelet would mount by itself, but short-lived and only where it is needed.
    "projected": {
        "sources": [
            {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {
                "downwardAPI": {
                    "items": [
                        {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
                    ]
                }
            },
        ]
    }
}
LIMITS: Final = {"sample_limit": 20000, "label_limit": 40, "label_value_length_limit": 500, "body_size_limit": "20MB"}
"""What one target may expose at most, so that one service cannot fill the storage of all."""
CADVISOR_KEPT: Final = (
    "container_(cpu_usage_seconds_total|cpu_cfs_periods_total|cpu_cfs_throttled_periods_total"
    "|memory_working_set_bytes|memory_rss|network_(receive|transmit)_bytes_total|fs_(reads|writes)_bytes_total"
    "|start_time_seconds)"
)


@dataclass(frozen=True)
class Database:
    """How a database is watched."""

    image: str
    exporter_port: int
    port: int
    sql: str


DATABASES: Final = {
    "postgres": Database(
        image="quay.io/prometheuscommunity/postgres-exporter",
        exporter_port=9187,
        port=5432,
        sql="CREATE USER monitoring WITH PASSWORD '...' CONNECTION LIMIT 5; GRANT pg_monitor TO monitoring; "
        "CREATE EXTENSION IF NOT EXISTS pg_stat_statements; (in database postgres)",
    ),
    "mysql": Database(
        image="prom/mysqld-exporter",
        exporter_port=9104,
        port=3306,
        sql="CREATE USER 'monitoring'@'%' IDENTIFIED BY '...' WITH MAX_USER_CONNECTIONS 5; "
        "GRANT PROCESS, REPLICATION CLIENT, SELECT ON *.* TO 'monitoring'@'%';",
    ),
}


@dataclass(frozen=True)
class Images:
    """The images that run."""

    prometheus: str
    alertmanager: str
    kube_state_metrics: str
    node_exporter: str
    database_exporter: str


@dataclass(frozen=True)
class Environment:
    """What differs between environments."""

    name: str
    cluster: str
    replicas: int
    retention: str
    retention_size: str
    storage: str
    cpu: str
    memory: str
    alertmanager_secret: str
    database_secret: str


@dataclass(frozen=True)
class Context:
    """What the templates print."""

    project: str
    namespace: str
    rule_files: tuple[str, ...]
    service_ports: tuple[int, ...]
    images: Images
    token: dict[str, Any]
    email: bool
    database: bool
    postgres: bool
    mysql: bool
    exporter_port: int
    exporter_by_tag: bool
    database_port: int
    environments: tuple[Environment, ...]


# --- scrape jobs ----------------------------------------------------------------------------------


def _scraped(answers: Answers) -> tuple[Any, ...]:
    return tuple(s for s in facts.long_running(answers) if s.metrics != "none")


def _keep(source: str, pattern: str) -> dict[str, Any]:
    return {"action": "keep", "source_labels": [source], "regex": pattern}


def _label(source: str, target: str) -> dict[str, Any]:
    return {"source_labels": [source], "target_label": target}


POD_LABELS: Final = [
    _label("__meta_kubernetes_namespace", "namespace"),
    _label("__meta_kubernetes_pod_name", "pod"),
    _label("__meta_kubernetes_pod_node_name", "node"),
]
NAME: Final = "__meta_kubernetes_pod_label_app_kubernetes_io_name"
PORT: Final = "__meta_kubernetes_pod_container_port_name"


def _services_job(answers: Answers) -> ScrapeJob:
    scraped = _scraped(answers)
    paths: dict[str, list[str]] = {}
    for service in scraped:
        if service.metrics_path != "/metrics":
            paths.setdefault(service.metrics_path, []).append(service.name)
    return ScrapeJob(
        name="services",
        comment="The services: every running pod that carries a service's name, at its port `http`.",
        config={
            "scrape_interval": "5s",
            "scrape_timeout": "4s",
            **LIMITS,
            "kubernetes_sd_configs": [{"role": "pod", "namespaces": {"names": [facts.namespace(answers)]}}],
            "relabel_configs": [
                _keep(NAME, "|".join(s.name for s in scraped)),
                _keep(PORT, "http"),
                {
                    "action": "drop",
                    "source_labels": ["__meta_kubernetes_pod_phase"],
                    "regex": "Pending|Succeeded|Failed|Unknown",
                },
                *(
                    {
                        "source_labels": [NAME],
                        "regex": "|".join(names),
                        "target_label": "__metrics_path__",
                        "replacement": path,
                    }
                    for path, names in paths.items()
                ),
                _label(NAME, "service"),
                _label("__meta_kubernetes_pod_label_app_kubernetes_io_version", "version"),
                *POD_LABELS,
            ],
        },
    )


def _pod_job(name: str, namespace: str, comment: str, **more: Any) -> ScrapeJob:
    return ScrapeJob(
        name=name,
        comment=comment,
        config={
            **more,
            "kubernetes_sd_configs": [{"role": "pod", "namespaces": {"names": [namespace]}}],
            "relabel_configs": [_keep(NAME, name), _keep(PORT, "http"), *POD_LABELS],
        },
    )


def _kubelet_job(name: str, path: str, comment: str, kept: str) -> ScrapeJob:
    return ScrapeJob(
        name=name,
        comment=comment,
        config={
            "scheme": "https",
            "metrics_path": path,
            "authorization": {"credentials_file": f"{ACCOUNT_PATH}/token"},
            "tls_config": {"ca_file": f"{ACCOUNT_PATH}/ca.crt"},
            "kubernetes_sd_configs": [{"role": "node"}],
            "relabel_configs": [_label("__meta_kubernetes_node_name", "node")],
            "metric_relabel_configs": [_keep("__name__", kept)],
        },
    )


def _jobs(answers: Answers) -> Iterator[ScrapeJob]:
    if _scraped(answers):
        yield _services_job(answers)
    yield _pod_job(
        "kube-state-metrics",
        facts.MONITORING,
        "The state of Kubernetes' objects; their own labels count, not those of the pod that reports them.",
        honor_labels=True,
    )
    yield _pod_job("node-exporter", NODE_EXPORTER, "The nodes.")
    yield _kubelet_job("kubelet", "/metrics", "Volumes, by the kubelet.", "kubelet_volume_stats_.*|kubelet_node_name")
    yield _kubelet_job(
        "cadvisor", "/metrics/cadvisor", "Containers, by the kubelet; only the series that are used.", CADVISOR_KEPT
    )
    if answers.data.database != "none":
        yield _pod_job(
            "database-exporter", facts.MONITORING, "The database.", scrape_interval="15s", scrape_timeout="14s"
        )


# --- alerts ---------------------------------------------------------------------------------------


def _alerts(answers: Answers) -> Iterator[Alert]:
    public = tuple(s.name for s in facts.public(answers) if s.kind != "job")
    values = {
        "production": answers.production,
        "namespace": facts.namespace(answers),
        "cpu": str(answers.scaling.cpu_percent),
        "public": "|".join(public),
        "public_names": ", ".join(public),
        "first": next(iter(public), ""),
    }
    for name in ("nodes", "kubernetes", *(("product",) if public else ())):
        for entry in load_yaml(__file__, f"alerts/{name}.yml"):
            yield msgspec.convert(_fill(entry, values), Alert)


def _fill(node: Any, values: dict[str, str]) -> Any:
    """The data with every `@name@` replaced."""
    if isinstance(node, dict):
        return {key: _fill(value, values) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(value, values) for value in node]
    return re.sub(r"@(\w+)@", lambda found: values[found[1]], node) if isinstance(node, str) else node


# --- what the environments get --------------------------------------------------------------------


def _environment(answers: Answers, name: str) -> Environment:
    production = name == answers.production
    prefix = f"{facts.project(answers)}/{name}"
    return Environment(
        name=name,
        cluster=facts.stack(answers, name),
        replicas=2 if production else 1,
        # Production keeps the 30 days that the error budget counts.
        retention="30d" if production else "7d",
        # The rest of the volume is room for the log and for compaction.
        retention_size="80GB" if production else "16GB",
        storage="100Gi" if production else "20Gi",
        cpu="500m" if production else "100m",
        memory="4Gi" if production else "1Gi",
        alertmanager_secret=f"{prefix}/alertmanager",
        database_secret=f"{prefix}/database-exporter",
    )


def _environments(answers: Answers) -> tuple[Environment, ...]:
    return tuple(_environment(answers, name) for name in answers.environments)


def _todo_database(answers: Answers) -> Iterator[TodoItem]:
    database = DATABASES.get(answers.data.database)
    if database is None:
        return
    secret = f"{facts.project(answers)}/ENV/database-exporter"
    yield TodoItem(
        id="DATABASE_MONITORING_USER",
        severity="recommended",
        file="monitoring/kubernetes/database-exporter.yaml",
        question="As which user does the monitoring log in to the database of each environment?",
        how=f"As the administrator of the database of ENV run: {database.sql} Then write the JSON secret {secret} "
        "with the keys host, username and password (letters and digits only), and restart "
        "deployment/database-exporter in namespace monitoring. Until then DatabaseDown fires.",
    )


def _flows(answers: Answers) -> Iterator[Flow]:
    policy = "NetworkPolicy (monitoring/kubernetes)"
    yield Flow(source="prometheus", target="alertmanager", port="9093", why="alerts, metrics", enforced_by=policy)
    yield Flow(source="prometheus", target="nodes", port="9100, 10250", why="metrics", enforced_by="security group")
    yield Flow(source="prometheus", target="API server", port="443", why="which targets exist", enforced_by=policy)
    database = DATABASES.get(answers.data.database)
    if database:
        port = str(database.port)
        yield Flow(source="database-exporter", target="database", port=port, why="metrics", enforced_by=policy)


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Scrape jobs and alerts of the cluster, and what the user must provide."""
    yield from _jobs(answers)
    yield from _alerts(answers)
    yield from _todo_database(answers)
    yield from _flows(answers)
    yield Area(
        path="monitoring/kubernetes",
        purpose="Prometheus, Alertmanager and the exporters in the cluster",
        rule="After an edit run `kubectl kustomize monitoring/overlays/<environment>`; `make platform` applies it.",
    )
    yield Area(path="monitoring/overlays", purpose="Replicas, retention and secrets of the monitoring by environment")
    yield Decision(
        topic="Running the monitoring",
        choice="plain manifests in the cluster that they watch, two replicas in production",
        why="The rules that run are the tested files of this repository, without an operator in between.",
        costs="It falls with its cluster: an outside heartbeat notices that.",
        instead="kube-prometheus with its operator, or a managed Prometheus",
    )
    for check, reason in ACCEPTED.items():
        yield ScanException(id=check, path="monitoring/kubernetes/node-exporter.yaml", reason=reason)
    yield DiagramNode(id="exporters", label="kube-state-metrics, node-exporter", group="operations")
    yield DiagramEdge(source="prometheus", target="exporters", label="scrapes")
    environments = _environments(answers)
    yield SizeRow(what="Prometheus replicas", values=tuple(str(e.replicas) for e in environments))
    yield SizeRow(
        what="Prometheus volume, retention", values=tuple(f"{e.storage}, {e.retention}" for e in environments)
    )


def _rule_files(answers: Answers, parts: Parts) -> tuple[str, ...]:
    """The files below monitoring/prometheus/rules: a file for each group of alerts, and the recording rules."""
    names = {alert.group for alert in parts.of(Alert)}
    if any(facts.has_request_metrics(s) for s in answers.services):
        names |= {"recording", "recording-windows"}
    return tuple(f"{name}.yml" for name in sorted(names))


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """The view-model."""
    database = DATABASES.get(answers.data.database)
    exporter = pins().image(database.image) if database else ""
    return Context(
        project=facts.namespace(answers),
        namespace=facts.namespace(answers),
        rule_files=_rule_files(answers, parts),
        service_ports=tuple(sorted({s.port for s in _scraped(answers)})),
        images=Images(
            prometheus=pins().image("prom/prometheus"),
            alertmanager=pins().image("prom/alertmanager"),
            kube_state_metrics=pins().image("registry.k8s.io/kube-state-metrics/kube-state-metrics"),
            node_exporter=pins().image("prom/node-exporter"),
            database_exporter=exporter,
        ),
        token=TOKEN,
        email="email" in answers.monitoring.channels,
        database=database is not None,
        postgres=answers.data.database == "postgres",
        mysql=answers.data.database == "mysql",
        exporter_port=database.exporter_port if database else 0,
        exporter_by_tag="@" not in exporter,
        database_port=database.port if database else 0,
        environments=_environments(answers),
    )
