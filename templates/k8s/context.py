"""Kubernetes manifests of everything but the workloads: names, hosts, sizes, who may talk to whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from generator import facts, rollouts, times
from generator.answers import strategies
from generator.component import Answers, AnswersError, Part, Parts, builds, contributes, load_parts, pins
from generator.parts import GatewayListener, ReleaseRight, VerifyStep

from .names import clashes
from .services import ServiceView, has_target_groups, internet, mail, view_of
from .sizes import Limits, Quota, limits, quota, size_rows

KUBERNETES: Final = "infrastructure/kubernetes"
GATEWAY_CLASSES: Final = {"aws": "aws-alb"}
"""GatewayClass by cloud; the platform of each cloud makes its own."""


@dataclass(frozen=True)
class Route:
    """The host of a public service in one environment; `follows` another in the same file."""

    name: str
    host: str
    follows: bool


@dataclass(frozen=True)
class EnvironmentView:
    """What an overlay sets."""

    name: str
    network: str
    min: int
    max: int
    quota: Quota
    routes: tuple[Route, ...]
    plain_http: bool
    secret_key_form: str
    listeners: tuple[GatewayListener, ...]
    """What others add to the gateway; none where there is no domain, so no certificate."""


@dataclass(frozen=True)
class Context:
    """The names that the templates see."""

    help: dict[str, tuple[str, ...]]
    project: str
    namespace: str
    kubernetes_version: str
    schemas: dict[str, str]
    gateway_class: str
    wildcard: str
    database_port: int
    services: tuple[ServiceView, ...]
    running: tuple[ServiceView, ...]
    web_services: tuple[ServiceView, ...]
    secret_services: tuple[ServiceView, ...]
    migrations: tuple[ServiceView, ...]
    internet_services: tuple[str, ...]
    mail_services: tuple[str, ...]
    environments: tuple[EnvironmentView, ...]
    rights: tuple[ReleaseRight, ...]
    quota: Quota
    limits: Limits
    has_database: bool
    has_jobs: bool
    has_rollouts: bool
    """Whether what runs all the time is a Rollout, and no Deployment."""
    has_web: bool
    has_public: bool
    has_target_groups: bool
    has_secrets: bool
    has_internet: bool
    has_mail: bool
    has_pod_identity: bool
    has_migrations: bool


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """The view-model of the manifests."""
    services = tuple(view_of(answers, s) for s in answers.services)
    database = answers.data.database != "none"
    outside = tuple(s.name for s in internet(answers))
    posts = tuple(s.name for s in mail(answers))
    web = tuple(s for s in services if s.web)
    secret = tuple(s for s in services if s.has_secrets)
    migrations = tuple(s for s in services if s.migrate)
    return Context(
        help=times.help_of(answers),
        project=answers.project.name,
        namespace=facts.namespace(answers),
        kubernetes_version=answers.orchestration.kubernetes_version,
        schemas={name: pins().version(f"schemas/{name}") for name in ("kubernetes", "custom_resources")},
        gateway_class=GATEWAY_CLASSES.get(answers.cloud.provider, "gateway"),
        wildcard=f"*.{_domain(answers)}",
        database_port=facts.DATABASE_PORTS.get(answers.data.database, 0),
        services=services,
        running=tuple(s for s in services if s.running),
        web_services=web,
        secret_services=secret,
        migrations=migrations,
        internet_services=outside,
        mail_services=posts,
        environments=tuple(_environment(answers, e, parts) for e in answers.environments),
        rights=tuple(parts.of(ReleaseRight)),
        quota=quota(answers, facts.replicas(answers, production=False)[1]),
        limits=limits(),
        has_database=database,
        has_jobs=bool(facts.jobs(answers)),
        has_rollouts=rollouts.controlled(answers),
        has_web=bool(web),
        has_public=bool(facts.public(answers)),
        has_target_groups=has_target_groups(answers),
        has_secrets=bool(secret),
        has_internet=bool(outside),
        has_mail=bool(posts),
        has_pod_identity=answers.data.object_storage,
        has_migrations=bool(migrations),
    )


def _domain(answers: Answers) -> str:
    return answers.project.domain or f"{facts.project(answers)}.invalid"


def _environment(answers: Answers, environment: str, parts: Parts) -> EnvironmentView:
    low, high = facts.replicas(answers, production=environment == answers.production)
    return EnvironmentView(
        name=environment,
        network=facts.network_cidr(answers, environment),
        min=low,
        max=high,
        quota=quota(answers, high),
        routes=tuple(
            Route(s.name, facts.host(answers, s, environment), number > 0)
            for number, s in enumerate(facts.public(answers))
        ),
        plain_http=facts.plain_http(answers, environment),
        secret_key_form=f"{facts.project(answers)}/{environment}/<service>",
        listeners=tuple(one for one in parts.of(GatewayListener) if one.environment == environment),
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What the manifests add to the files of others; raises AnswersError for names that are taken."""
    problems = tuple(clashes(answers))
    if problems:
        raise AnswersError(problems)
    yield from _written(answers)
    yield from size_rows(answers)
    folders = " ".join(_entry_points(answers))
    yield VerifyStep(
        name="Kubernetes manifests build",
        tool="kubectl",
        command=f'for folder in {folders}; do kubectl kustomize "$folder" >/dev/null || exit 1; done',
        install="https://kubernetes.io/docs/tasks/tools/",
        order_=30,
    )


def _written(answers: Answers) -> Iterator[Part]:
    """The parts that `parts.yml` describes."""
    lists = _lists(answers)
    flags = {
        "database": answers.data.database != "none",
        "object_storage": answers.data.object_storage,
    } | {name: bool(services) for name, services in lists.items()}
    yield from load_parts(__file__, "parts.yml", _words(answers), flags, lists)


def _lists(answers: Answers) -> dict[str, list[dict[str, str]]]:
    """What `each` of `parts.yml` may name."""
    running = facts.long_running(answers)
    services = {
        "services": answers.services,
        "public": facts.public(answers),
        "internet": internet(answers),
        "mail": mail(answers),
        "long_running": running,
        "web": [s for s in running if facts.has_requests(s)],
        "metered": [s for s in running if facts.has_request_metrics(s) and answers.monitoring.backend == "prometheus"],
    }
    return {
        name: [{"SERVICE": s.name, "PORT": str(s.port), "KIND": s.kind, "LANGUAGE": s.language} for s in some]
        for name, some in services.items()
    }


def _words(answers: Answers) -> dict[str, str]:
    """What the `<WORDS>` of `parts.yml` stand for."""
    running = facts.long_running(answers)
    low, high = facts.replicas(answers, production=True)
    return {
        "KUBECTL": (kubectl := f"kubectl --namespace {facts.namespace(answers)}"),
        "EXAMPLE": running[0].name,
        **(_of_rollouts if rollouts.controlled(answers) else _of_deployments)(kubectl, running[0].name),
        "PRODUCTION": answers.production,
        "FIRST": answers.environments[0],
        "OTHER": "rolling" if strategies.kind(answers).two_sets else "blue-green",
        "SCHEME": "HTTPS" if answers.project.domain else "HTTP(S)",
        "DATABASE_PORT": str(facts.DATABASE_PORTS.get(answers.data.database, "")),
        "ROTATION_DAYS": str(answers.security.rotation_days),
        "MORE": str((low + high + 1) // 2),
        "CHECKOV": pins().version("checkov"),
        "KUBECONFORM": f"github.com/yannh/kubeconform/cmd/kubeconform@v{pins().version('kubeconform')}",
    }


def _of_deployments(kubectl: str, name: str) -> dict[str, str]:
    """How people handle what runs all the time."""
    chosen = f"--selector app.kubernetes.io/name={name}"
    return {
        "UNITS": "deployment",
        "RESTARTS": "without a gap; without the selector those of every service",
        "RESTART": f"{kubectl} rollout restart deployment {chosen}",
        "RESTARTED": f"{kubectl} rollout status deployment {chosen} --timeout 300s",
    }


def _of_rollouts(kubectl: str, name: str) -> dict[str, str]:
    """The same of Rollouts, which `kubectl rollout` does not know."""
    restart = '{"spec": {"restartAt": "\'"$(date -u +%FT%TZ)"\'"}}'
    return {
        "UNITS": "rollout",
        "RESTARTS": "one after another, each gone before the next comes: with a single replica there is a gap",
        "RESTART": f"{kubectl} patch rollout {name} --type merge --patch '{restart}'",
        "RESTARTED": f'{kubectl} wait rollout {name} --timeout 600s --for "jsonpath={{.status.restartedAt}}='
        f'$({kubectl} get rollout {name} --output jsonpath={{.spec.restartAt}})"',
    }


def _entry_points(answers: Answers) -> Iterator[str]:
    for environment in answers.environments:
        yield f"{KUBERNETES}/overlays/{environment}"
        if facts.public(answers):
            yield f"{KUBERNETES}/gateway/overlays/{environment}"
    yield f"{KUBERNETES}/access"
    if any(s.commands.migrate for s in answers.services):
        yield f"{KUBERNETES}/migrate"
