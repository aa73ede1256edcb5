"""Runs Prometheus, Alertmanager and the exporters in the cluster, and watches the cluster itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from generator import facts, monitored, rollouts, shifts
from generator.component import Answers, Part, Parts, Service, builds, contributes, load_parts, pins
from generator.formats import sh_quote
from generator.parts import Alert

from .scrape import services_job
from .workloads import counted, kinds, tested


@dataclass(frozen=True)
class Images:
    """The images that run."""

    prometheus: str
    alertmanager: str
    kube_state_metrics: str
    node_exporter: str
    blackbox_exporter: str
    database_exporter: str


@dataclass(frozen=True)
class Environment:
    """What differs between environments."""

    name: str
    cluster: str
    network: str
    replicas: int
    retention: str
    retention_size: str
    storage: str
    cpu: str
    memory: str
    alertmanager_secret: str
    database_secret: str
    probes: list[dict[str, Any]]
    """The public hosts that are asked for from outside, as Prometheus' discovery by file reads them."""


@dataclass(frozen=True)
class Context:
    """What the templates print."""

    project: str
    namespace: str
    rule_files: tuple[str, ...]
    service_ports: tuple[int, ...]
    images: Images
    email: bool
    probes: bool
    database: bool
    postgres: bool
    mysql: bool
    exporter_port: int
    exporter_by_tag: bool
    rollouts: bool
    database_port: int
    environments: tuple[Environment, ...]


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Scrape jobs and alerts of the cluster, and what the user must provide."""
    if facts.scraped(answers):
        yield services_job(answers)
    yield from _alerts(answers)
    yield from load_parts(__file__, "parts.yml", _words(answers), _flags(answers))
    words = {"NAMESPACE": facts.namespace(answers), "PROJECT": answers.project.name, "EXPOSED_AT": _exposed_at(answers)}
    yield from load_parts(__file__, "diagnoses.yml", words | kinds(answers))


def _flags(answers: Answers) -> dict[str, bool]:
    """What entries of parts.yml may depend on: the database, as such and by its name, and hosts that are asked for."""
    database = answers.data.database != "none"
    return {
        "database": database,
        answers.data.database: database,
        "probes": bool(facts.probed(answers)),
        "rollouts": rollouts.controlled(answers),
    }


def _exposed_at(answers: Answers) -> str:
    """Branches of a shell `case` that say where a service exposes its metrics, as the API server's proxy has it."""
    places: dict[str, list[str]] = {}
    for service in facts.scraped(answers):
        places.setdefault(f"{service.port}/proxy{service.metrics_path}", []).append(service.name)
    return " ".join(f"{' | '.join(names)}) echo {sh_quote(place)} ;;" for place, names in places.items())


def _public(answers: Answers) -> tuple[Service, ...]:
    """The services whose failure users see at once."""
    return tuple(s for s in facts.public(answers) if s.kind != "job")


def _alerts(answers: Answers) -> Iterator[Part]:
    public = tuple(s.name for s in _public(answers))
    longest = shifts.longest_minutes(answers)
    values = {
        "NAMESPACE": facts.namespace(answers),
        "CPU": str(answers.scaling.cpu_percent),
        "PUBLIC_NAMES": ", ".join(public),
        "FIRST": next(iter(public), ""),
        "MINUTES": longest,
        "BEFORE": longest - 1,
        "LAST": longest + 10,
        **counted(answers),
        **_job_words(answers),
    }
    files = ["alertmanager", "nodes", "kubernetes", "releases", "scraping"]
    files += ["product"] if public else []
    files += ["rollouts"] if rollouts.controlled(answers) else []
    for name in files:
        yield from tested(answers, load_parts(__file__, f"alerts/{name}.yml", values), values)


def _job_words(answers: Answers) -> dict[str, Any]:
    """What alerts of pods leave to the alerts of jobs, where there are jobs."""
    names, namespace = [s.name for s in facts.jobs(answers)], facts.namespace(answers)
    if names:
        owned = f'kube_job_owner{{namespace="{namespace}", owner_kind="CronJob"}}'
        unless = f"\nunless on (namespace, job_name)\n{owned}"
        return {
            "NO_JOBS": f', container!~"{"|".join(names)}"',
            "A_JOB": names[0],
            "UNLESS_SCHEDULED": unless,
            "RUN_FIRES": [],
        }
    labels = {"namespace": namespace, "job_name": "run", "condition": "true"}
    annotations = {
        "summary": "Job run has failed",
        "description": f"Job {namespace}/run has used up its attempts.",
    }
    fires = [{"exp_labels": labels, "exp_annotations": annotations}]
    return {"NO_JOBS": "", "A_JOB": "", "UNLESS_SCHEDULED": "", "RUN_FIRES": fires}


def _words(answers: Answers) -> dict[str, Any]:
    """What stands for the `<WORDS>` of parts.yml."""
    environments = _environments(answers)
    words = {
        "PROJECT": facts.project(answers),
        "NAMESPACE": facts.namespace(answers),
        "REPLICAS": [str(e.replicas) for e in environments],
        "VOLUMES": [f"{e.storage}, {e.retention}" for e in environments],
        "CHANNELS": ", ".join(answers.monitoring.channels),
        "PORTS": facts.notification_ports(answers),
        "PRODUCTION": answers.production,
        "UNREACHABLE": "|".join(("ServiceWithoutReplica", *_unreachable(answers))),
    }
    if database := monitored.DATABASE_EXPORTERS.get(answers.data.database):
        client = pins().image(answers.data.database)
        words |= {
            "SQL": database.sql,
            "DATABASE_PORT": str(facts.DATABASE_PORTS[answers.data.database]),
            "CLIENT": client,
        }
    return words


def _unreachable(answers: Answers) -> tuple[str, ...]:
    return monitored.unreachable(scraped=bool(facts.scraped(answers)), probed=bool(facts.probed(answers)))


def _environment(answers: Answers, name: str) -> Environment:
    production = name == answers.production
    return Environment(
        name=name,
        cluster=facts.stack(answers, name),
        network=facts.network_cidr(answers, name),
        replicas=2 if production else 1,
        # Production keeps the 30 days that the error budget counts.
        retention="30d" if production else "7d",
        # 70 % of the volume: the log and compaction need room beside it, and PersistentVolumeLow fires above 80 %.
        retention_size="70GB" if production else "14GB",
        storage="100Gi" if production else "20Gi",
        cpu="500m" if production else "100m",
        memory="4Gi" if production else "1Gi",
        alertmanager_secret=facts.alertmanager_secret(answers, name),
        database_secret=facts.database_exporter_secret(answers, name),
        probes=[
            {"targets": [f"https://{facts.host(answers, s, name)}{s.health_path}"], "labels": {"service": s.name}}
            for s in facts.probed(answers)
        ],
    )


def _rule_groups(answers: Answers, groups: Iterable[str]) -> tuple[str, ...]:
    """The files below monitoring/prometheus/rules without their ending: the groups of alerts, and recording rules."""
    names = set(groups)
    if any(facts.has_request_metrics(s) for s in answers.services):
        names |= {"recording", "recording-windows"}
    return tuple(sorted(names))


def _environments(answers: Answers) -> tuple[Environment, ...]:
    return tuple(_environment(answers, name) for name in answers.environments)


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """The view-model."""
    database = monitored.DATABASE_EXPORTERS.get(answers.data.database)
    exporter = pins().image(database.image) if database else ""
    return Context(
        project=answers.project.name,
        namespace=facts.namespace(answers),
        rule_files=tuple(f"{n}.yml" for n in _rule_groups(answers, (a.group for a in parts.of(Alert)))),
        service_ports=tuple(sorted({s.port for s in facts.scraped(answers)})),
        images=Images(
            prometheus=pins().image("prom/prometheus"),
            alertmanager=pins().image("prom/alertmanager"),
            kube_state_metrics=pins().image("registry.k8s.io/kube-state-metrics/kube-state-metrics"),
            node_exporter=pins().image("prom/node-exporter"),
            blackbox_exporter=pins().image("prom/blackbox-exporter"),
            database_exporter=exporter,
        ),
        email="email" in answers.monitoring.channels,
        probes=bool(facts.probed(answers)),
        database=database is not None,
        postgres=answers.data.database == "postgres",
        mysql=answers.data.database == "mysql",
        exporter_port=database.port if database else 0,
        exporter_by_tag="@" not in exporter,
        rollouts=rollouts.controlled(answers),
        database_port=facts.DATABASE_PORTS.get(answers.data.database, 0),
        environments=_environments(answers),
    )
