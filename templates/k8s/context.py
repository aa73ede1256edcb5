"""Kubernetes manifests of everything but the workloads: names, hosts, sizes, who may talk to whom."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from generator import facts
from generator.component import (
    Answers,
    AnswersError,
    Part,
    Parts,
    Problem,
    Service,
    builds,
    contributes,
    load_parts,
    pins,
)
from generator.parts import (
    SizeRow,
    VerifyStep,
)

from .release import Release, plain_http, release_of

KUBERNETES: Final = "infrastructure/kubernetes"
GATEWAY_CLASSES: Final = {"aws": "aws-alb"}
"""GatewayClass by cloud; the platform of each cloud makes its own."""
_NAMESPACES: Final = frozenset({"default", "external-secrets", facts.GATEWAY, facts.MONITORING})
_ALLOWED: Final = ("database", "dns", "internet", "mail", "pod-identity", "services")
_TAKEN: Final = frozenset({"default-deny", "kustomization", *(f"allow-{what}" for what in _ALLOWED)})
_YAML_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_SHELL: Final = re.compile(r"[|&;<>()$`\\*?\[#~{}!\n]|^\w+=")
_OUTSIDE: Final = re.compile(r"\bhttps?://[^/\s:]+\.[a-z]")


@dataclass(frozen=True)
class Variable:
    """A plain environment variable; `name` is a YAML word."""

    name: str
    value: str


@dataclass(frozen=True)
class ServiceView:
    """A service as the manifests see it; `word` is its name as a YAML word."""

    name: str
    word: str
    port: int
    web: bool
    public: bool
    target_group: bool
    health_path: str
    env: tuple[Variable, ...]
    has_env: bool
    secrets: tuple[str, ...]
    has_secrets: bool
    has_any_secret: bool
    secret_key: str
    migrate: list[str]
    cpu: str
    memory: str


@dataclass(frozen=True)
class Quota:
    """What a namespace may ask for in total."""

    pods: int
    cpu: str
    memory: str
    reason: str


@dataclass(frozen=True)
class Route:
    """The host of a public service in one environment; `follows` another in the same file."""

    name: str
    word: str
    host: str
    follows: bool


@dataclass(frozen=True)
class EnvironmentView:
    """What an overlay sets."""

    name: str
    word: str
    network: str
    min: int
    max: int
    quota: Quota
    routes: tuple[Route, ...]
    plain_http: bool
    secret_key_form: str


@dataclass(frozen=True)
class Limits:
    """What a container gets that names no resources, and the most that one may ask for."""

    cpu: str
    memory: str
    max_memory: str


@dataclass(frozen=True)
class Context:
    """The names that the templates see."""

    project: str
    namespace: str
    kubernetes_version: str
    schemas: dict[str, str]
    gateway_class: str
    wildcard: str
    database_port: int
    services: tuple[ServiceView, ...]
    web_services: tuple[ServiceView, ...]
    secret_services: tuple[ServiceView, ...]
    migrations: tuple[ServiceView, ...]
    internet_services: tuple[str, ...]
    mail_services: tuple[str, ...]
    environments: tuple[EnvironmentView, ...]
    quota: Quota
    limits: Limits
    release: Release
    has_database: bool
    has_web: bool
    has_public: bool
    has_target_groups: bool
    has_secrets: bool
    has_internet: bool
    has_mail: bool
    has_pod_identity: bool
    has_migrations: bool


def word(name: str) -> str:
    """A name as a YAML scalar: quoted where a reader of YAML 1.1 would take it for a boolean or null."""
    return f'"{name}"' if name.lower() in _YAML_WORDS else name


def argv(command: str) -> list[str]:
    """A shell command as an argument list, which also an image without a shell can run, where it needs no shell."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    chosen = words if words and not _SHELL.search(command) else ["sh", "-c", command]
    # The kubelet expands $(NAME) and reads $$ as $: the shell must get the command as it was written.
    return [word.replace("$", "$$") for word in chosen]


def quota(answers: Answers, most: int) -> Quota:
    """Room for a full rollout of every service at once: new ones, the surge, old ones shutting down, migrations.

    Pods that shut down count against a quota, but not against a Deployment's surge.
    """
    surge = facts.surge(most)
    pods = cpu = memory = 0
    for service in facts.long_running(answers):
        number = 2 * most + surge + (1 if service.commands.migrate else 0)
        millis, mib = facts.REPLICA_SIZES[service.size]
        pods, cpu, memory = pods + number, cpu + number * millis, memory + number * mib
    reason = f"Replicas of each service: at most {most}, {surge} more during a rollout, and as many that shut down."
    return Quota(pods, str(math.ceil(cpu / 1000)), f"{math.ceil(memory / 1024)}Gi", reason)


def internet(answers: Answers) -> list[Service]:
    """The services that call hosts outside: they hold others' keys, name an outside URL, or use the bucket."""
    return [
        s
        for s in facts.long_running(answers)
        if s.secrets or answers.data.object_storage or any(_OUTSIDE.search(value) for value in s.env.values())
    ]


def mail(answers: Answers) -> list[Service]:
    """The services that hand mail to a relay, by the names of their settings."""
    return [s for s in facts.long_running(answers) if any(n.startswith("SMTP_") for n in (*s.env, *s.secrets))]


def has_target_groups(answers: Answers) -> bool:
    """Whether the load balancer wants its target groups described by objects of its own."""
    return answers.cloud.provider == "aws" and bool(facts.public(answers))


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The view-model of the manifests."""
    services = tuple(_service(answers, s) for s in facts.long_running(answers))
    database = answers.data.database != "none"
    outside = tuple(word(s.name) for s in internet(answers))
    posts = tuple(word(s.name) for s in mail(answers))
    web = tuple(s for s in services if s.web)
    secret = tuple(s for s in services if s.has_secrets)
    migrations = tuple(s for s in services if s.migrate)
    return Context(
        project=word(answers.project.name),
        namespace=word(facts.namespace(answers)),
        kubernetes_version=answers.orchestration.kubernetes_version,
        schemas={name: pins().version(f"schemas/{name}") for name in ("kubernetes", "custom_resources")},
        gateway_class=GATEWAY_CLASSES.get(answers.cloud.provider, "gateway"),
        wildcard=f"*.{_domain(answers)}",
        database_port=facts.DATABASE_PORTS.get(answers.data.database, 0),
        services=services,
        web_services=web,
        secret_services=secret,
        migrations=migrations,
        internet_services=outside,
        mail_services=posts,
        environments=tuple(_environment(answers, e) for e in answers.environments),
        quota=quota(answers, facts.replicas(answers, production=False)[1]),
        limits=_limits(),
        release=release_of(answers),
        has_database=database,
        has_web=bool(web),
        has_public=bool(facts.public(answers)),
        has_target_groups=has_target_groups(answers),
        has_secrets=bool(secret),
        has_internet=bool(outside),
        has_mail=bool(posts),
        has_pod_identity=answers.data.object_storage,
        has_migrations=bool(migrations),
    )


def clashes(answers: Answers) -> Iterator[Problem]:
    """Names that the cluster or these manifests already use for something else."""
    namespace = facts.namespace(answers)
    if namespace in _NAMESPACES or namespace.startswith("kube-"):
        yield Problem(
            "project.name",
            "is the name of a namespace that the platform uses",
            answers.project.name,
            "another name",
            f"{namespace}-app",
        )
    names = {s.name for s in answers.services}
    for number, service in enumerate(answers.services):
        taken = (service.name == "database" and answers.data.database != "none") or service.name in _TAKEN
        migration = service.name.removesuffix("-migrate")
        if taken or (migration != service.name and migration in names):
            yield Problem(
                f"services[{number}].name",
                "the manifests use this name for an object of their own",
                service.name,
                "another name",
                f"{service.name[:26]}-app",
            )


def _domain(answers: Answers) -> str:
    return answers.project.domain or f"{facts.project(answers)}.invalid"


def _service(answers: Answers, service: Service) -> ServiceView:
    millis, mib = facts.REPLICA_SIZES[service.size]
    alb = service.public and has_target_groups(answers)
    return ServiceView(
        name=service.name,
        word=word(service.name),
        port=service.port,
        web=facts.has_requests(service),
        public=service.public,
        target_group=alb,
        health_path=service.health_path,
        env=tuple(Variable(word(name), value) for name, value in service.env.items()),
        has_env=bool(service.env),
        secrets=tuple(word(name) for name in service.secrets),
        has_secrets=bool(service.secrets),
        has_any_secret=bool(service.secrets) or answers.data.database != "none",
        secret_key=facts.secret_id(answers, "undeployed", service),
        migrate=argv(service.commands.migrate) if service.commands.migrate else [],
        cpu=f"{millis}m",
        memory=f"{mib}Mi",
    )


def _environment(answers: Answers, environment: str) -> EnvironmentView:
    low, high = facts.replicas(answers, production=environment == answers.production)
    return EnvironmentView(
        name=environment,
        word=word(environment),
        network=facts.network_cidr(answers, environment),
        min=low,
        max=high,
        quota=quota(answers, high),
        routes=tuple(
            Route(s.name, word(s.name), facts.host(answers, s, environment), number > 0)
            for number, s in enumerate(facts.public(answers))
        ),
        plain_http=plain_http(answers, environment),
        secret_key_form=f"{facts.project(answers)}/{environment}/<service>",
    )


def _limits() -> Limits:
    millis, mib = min(facts.REPLICA_SIZES.values())
    return Limits(f"{millis}m", f"{mib}Mi", f"{max(memory for _, memory in facts.REPLICA_SIZES.values())}Mi")


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What the manifests add to the files of others; raises AnswersError for names that are taken."""
    problems = tuple(clashes(answers))
    if problems:
        raise AnswersError(problems)
    yield from _written(answers)
    yield from _sizes(answers)
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
    database = answers.data.database != "none"
    flags = {
        "database": database,
        "no_database": not database,
        "object_storage": answers.data.object_storage,
    } | {name: bool(services) for name, services in lists.items()}
    chosen = [name for name, there in flags.items() if there]
    yield from load_parts(__file__, "parts.yml", _words(answers), chosen, lists)


def _lists(answers: Answers) -> dict[str, list[dict[str, str]]]:
    """What `each` of `parts.yml` may name."""
    running = facts.long_running(answers)
    services = {
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
        "KUBECTL": f"kubectl --namespace {facts.namespace(answers)}",
        "EXAMPLE": running[0].name,
        "PRODUCTION": answers.production,
        "SCHEME": "HTTPS" if answers.project.domain else "HTTP(S)",
        "DATABASE_PORT": str(facts.DATABASE_PORTS.get(answers.data.database, "")),
        "ROTATION_DAYS": str(answers.security.rotation_days),
        "MORE": str((low + high + 1) // 2),
        "CHECKOV": pins().version("checkov"),
        "KUBECONFORM": f"github.com/yannh/kubeconform/cmd/kubeconform@v{pins().version('kubeconform')}",
    }


def _entry_points(answers: Answers) -> Iterator[str]:
    for environment in answers.environments:
        yield f"{KUBERNETES}/overlays/{environment}"
        if facts.public(answers):
            yield f"{KUBERNETES}/gateway/overlays/{environment}"
    yield f"{KUBERNETES}/access"
    if any(s.commands.migrate for s in facts.long_running(answers)):
        yield f"{KUBERNETES}/migrate"


def _sizes(answers: Answers) -> Iterator[Part]:
    bounds = [facts.replicas(answers, production=e == answers.production) for e in answers.environments]
    quotas = [quota(answers, high) for _, high in bounds]
    yield SizeRow(what="Replicas of a service", values=tuple(f"{low} to {high}" for low, high in bounds))
    yield SizeRow(
        what="Quota of the application's namespace",
        values=tuple(f"{q.pods} pods, {q.cpu} CPU, {q.memory}" for q in quotas),
    )
    for service in facts.long_running(answers):
        millis, mib = facts.REPLICA_SIZES[service.size]
        yield SizeRow(
            what=f"One replica of {service.name} ({service.size})",
            values=(f"{millis}m CPU, {mib} MiB",) * len(answers.environments),
        )
