"""Kubernetes manifests of everything but the workloads: names, hosts, sizes, who may talk to whom."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

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
    load_yaml,
)
from generator.parts import (
    Area,
    Decision,
    DiagramEdge,
    DiagramNode,
    Flow,
    MakeTarget,
    Runbook,
    SizeRow,
    TodoItem,
    VerifyStep,
)

SIZES: Final[dict[str, Any]] = load_yaml(__file__, "sizes.yml")
KUBERNETES: Final = "infrastructure/kubernetes"
NETWORK: Final = "10.0.0.0/8"
"""The private range that every environment's network is taken from."""
GATEWAY_CLASSES: Final = {"aws": "aws-alb"}
"""GatewayClass by cloud; the platform of each cloud makes its own."""
DATABASE_PORTS: Final = {"postgres": 5432, "mysql": 3306}
_NAMESPACES: Final = frozenset({"default", "external-secrets", facts.GATEWAY, facts.MONITORING})
_TAKEN: Final = frozenset(
    {
        "allow-database",
        "allow-dns",
        "allow-internet",
        "allow-mail",
        "allow-pod-identity",
        "allow-services",
        "default-deny",
        "kustomization",
    }
)
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
    caller: str
    health_path: str
    env: tuple[Variable, ...]
    has_env: bool
    secrets: tuple[str, ...]
    has_secrets: bool
    has_any_secret: bool
    secret_key: str
    resources: tuple[str, ...]
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
class Release:
    """What the release scripts need from the answers."""

    project: str
    namespace: str
    environments: str
    services: str
    max_error_rate: float
    max_p95_ms: int
    bake_seconds: int
    database: str
    prometheus: str


@dataclass(frozen=True)
class Context:
    """The names that the templates see."""

    project: str
    namespace: str
    kubernetes_version: str
    gateway_class: str
    wildcard: str
    network: str
    database_port: int
    database_note: str
    database_words: str
    base_resources: tuple[str, ...]
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
    return words if words and not _SHELL.search(command) else ["sh", "-c", command]


def replicas(answers: Answers, environment: str) -> tuple[int, int]:
    """The fewest and the most replicas of a service in an environment."""
    low, high = answers.scaling.min, answers.scaling.max
    if environment == answers.production:
        return low, high
    other = SIZES["other_environments"]
    return min(low, other["min"]), min(high, other["max"])


def size(service: Service) -> tuple[int, int]:
    """CPU in thousandths of a core and memory in MiB of one replica."""
    row = SIZES["sizes"][service.size]
    return row["cpu_millis"], row["memory_mib"]


def quota(answers: Answers, most: int) -> Quota:
    """Room for a full rollout of every service at once: new ones, the surge, old ones shutting down, migrations.

    Pods that shut down count against a quota, but not against a Deployment's surge.
    """
    surge = math.ceil(most * SIZES["surge_percent"] / 100)
    pods = cpu = memory = 0
    for service in facts.long_running(answers):
        number = 2 * most + surge + (1 if service.commands.migrate else 0)
        millis, mib = size(service)
        pods, cpu, memory = pods + number, cpu + number * millis, memory + number * mib
    reason = f"Replicas of each service: at most {most}, {surge} more during a rollout, and as many that shut down."
    return Quota(pods, str(math.ceil(cpu / 1000)), f"{math.ceil(memory / 1024)}Gi", reason)


def plain_http(answers: Answers, environment: str) -> bool:
    """Whether an environment is reached without TLS: only where there is no domain, and never in production."""
    return not answers.project.domain and environment != answers.production


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
        gateway_class=GATEWAY_CLASSES.get(answers.cloud.provider, "gateway"),
        wildcard=f"*.{_domain(answers)}",
        network=NETWORK,
        database_port=DATABASE_PORTS.get(answers.data.database, 0),
        database_note=", scripts/deploy.sh the rest" if database else "",
        database_words=" and what belongs to the database" if database else "",
        base_resources=_base_resources(answers, bool(web), bool(outside), bool(posts)),
        services=services,
        web_services=web,
        secret_services=secret,
        migrations=migrations,
        internet_services=outside,
        mail_services=posts,
        environments=tuple(_environment(answers, e) for e in answers.environments),
        quota=quota(answers, min(answers.scaling.max, SIZES["other_environments"]["max"])),
        limits=_limits(),
        release=_release(answers),
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


def _base_resources(answers: Answers, web: bool, outside: bool, posts: bool) -> tuple[str, ...]:
    database = answers.data.database != "none"
    wanted = {
        "../namespace": True,
        "resourcequota.yaml": True,
        "limitrange.yaml": True,
        "platform-configmap.yaml": True,
        "database-externalsecret.yaml": database,
        "networkpolicy-default-deny.yaml": True,
        "networkpolicy-dns.yaml": True,
        "networkpolicy-services.yaml": web,
        "networkpolicy-database.yaml": database,
        "networkpolicy-internet.yaml": outside,
        "networkpolicy-mail.yaml": posts,
        "networkpolicy-pod-identity.yaml": answers.data.object_storage,
    }
    files = [name for name, there in wanted.items() if there]
    return (*files, *(word(s.name) for s in facts.long_running(answers)))


def _service(answers: Answers, service: Service) -> ServiceView:
    millis, mib = size(service)
    alb = service.public and has_target_groups(answers)
    return ServiceView(
        name=service.name,
        word=word(service.name),
        port=service.port,
        web=facts.has_requests(service),
        public=service.public,
        target_group=alb,
        caller="The load balancer, and the API server for a release's health checks"
        if service.public
        else "The API server for a release's health checks",
        health_path=service.health_path,
        env=tuple(Variable(word(name), value) for name, value in service.env.items()),
        has_env=bool(service.env),
        secrets=tuple(word(name) for name in service.secrets),
        has_secrets=bool(service.secrets),
        has_any_secret=bool(service.secrets) or answers.data.database != "none",
        secret_key=facts.secret_id(answers, "undeployed", service),
        resources=_resources(service, alb),
        migrate=argv(service.commands.migrate) if service.commands.migrate else [],
        cpu=f"{millis}m",
        memory=f"{mib}Mi",
    )


def _resources(service: Service, alb: bool) -> tuple[str, ...]:
    wanted = {
        "serviceaccount.yaml": True,
        "configmap.yaml": True,
        "externalsecret.yaml": bool(service.secrets),
        "networkpolicy.yaml": True,
        "service.yaml": True,
        "deployment.yaml": True,
        "hpa.yaml": True,
        "pdb.yaml": True,
        "httproute.yaml": service.public,
        "targetgroup.yaml": alb,
    }
    return tuple(name for name, there in wanted.items() if there)


def _environment(answers: Answers, environment: str) -> EnvironmentView:
    low, high = replicas(answers, environment)
    return EnvironmentView(
        name=environment,
        word=word(environment),
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
    rows = SIZES["sizes"].values()
    smallest = min(rows, key=lambda row: row["memory_mib"])
    return Limits(
        cpu=f"{smallest['cpu_millis']}m",
        memory=f"{smallest['memory_mib']}Mi",
        max_memory=f"{max(row['memory_mib'] for row in rows)}Mi",
    )


def _release(answers: Answers) -> Release:
    services = "\n".join(
        " ".join(
            (
                s.name,
                s.kind,
                str(s.port),
                s.health_path,
                "metrics" if facts.has_request_metrics(s) else "none",
                facts.repository(answers, s),
            )
        )
        for s in answers.services
    )
    return Release(
        project=facts.project(answers),
        namespace=facts.namespace(answers),
        environments=" ".join(answers.environments),
        services=services,
        max_error_rate=answers.deployment.max_error_rate,
        max_p95_ms=answers.deployment.max_p95_ms,
        bake_seconds=answers.deployment.bake_minutes * 60,
        database="yes" if answers.data.database != "none" else "no",
        prometheus="yes" if answers.monitoring.backend == "prometheus" else "no",
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """What the manifests add to the files of others; raises AnswersError for names that are taken."""
    problems = tuple(clashes(answers))
    if problems:
        raise AnswersError(problems)
    yield from _areas()
    yield from _targets()
    yield from _diagram(answers)
    yield from _flows(answers)
    yield from _sizes(answers)
    yield from (Decision(**row) for row in load_yaml(__file__, "decisions.yml"))
    yield from _runbooks(answers)
    yield from _todo(answers)
    folders = " ".join(_entry_points(answers))
    yield VerifyStep(
        name="Kubernetes manifests build",
        tool="kubectl",
        command=f'for folder in {folders}; do kubectl kustomize "$folder" >/dev/null || exit 1; done',
        install="https://kubernetes.io/docs/tasks/tools/",
        order_=30,
    )


def _entry_points(answers: Answers) -> Iterator[str]:
    for environment in answers.environments:
        yield f"{KUBERNETES}/overlays/{environment}"
        if facts.public(answers):
            yield f"{KUBERNETES}/gateway/overlays/{environment}"
    yield f"{KUBERNETES}/access"
    if any(s.commands.migrate for s in facts.long_running(answers)):
        yield f"{KUBERNETES}/migrate"


def _areas() -> Iterator[Part]:
    yield Area(
        path=KUBERNETES,
        purpose="Kustomize manifests: base/ for what every environment runs, overlays/<environment>/ for what differs, "
        "gateway/ for the way in, access/ for what a release may do, migrate/ for database migrations",
        rule="Images and database values read `undeployed` here; scripts/deploy.sh fills them in. "
        "Never set `replicas`: the autoscaler owns it. A new outgoing connection needs a NetworkPolicy.",
    )


def _targets() -> Iterator[Part]:
    yield MakeTarget(
        name="deploy",
        help='Release images into an environment: ENV=, VERSION=, IMAGES="service=sha256:... ..."',
        recipe=('scripts/deploy.sh --environment "$(ENV)" --version "$(VERSION)" --images "$(IMAGES)"',),
        requires=("ENV", "VERSION", "IMAGES"),
    )
    yield MakeTarget(
        name="rollback",
        help="Go back to the release before, or to TO=",
        recipe=('scripts/rollback.sh --environment "$(ENV)" --to "$(TO)"',),
        requires=("ENV",),
    )
    yield MakeTarget(
        name="health",
        help="Check that every service of an environment answers",
        recipe=('scripts/health-check.sh --environment "$(ENV)"',),
        requires=("ENV",),
    )


def _diagram(answers: Answers) -> Iterator[Part]:
    public = facts.public(answers)
    if public:
        yield DiagramNode(id="users", label="Users", group="outside", shape="round")
        yield DiagramNode(id="gateway", label="Gateway (load balancer)", group="edge")
        yield DiagramEdge(source="users", target="gateway", label="HTTPS" if answers.project.domain else "HTTP(S)")
    if internet(answers):
        yield DiagramNode(id="internet", label="Services of others", group="outside", shape="round")
    for service in facts.long_running(answers):
        yield DiagramNode(
            id=f"service-{service.name}", label=f"{service.name} ({service.kind}, {service.language})", group="cluster"
        )
        if service.public:
            yield DiagramEdge(source="gateway", target=f"service-{service.name}", label=str(service.port))
    for service in internet(answers):
        yield DiagramEdge(source=f"service-{service.name}", target="internet", label="443")


def _flows(answers: Answers) -> Iterator[Part]:
    base = f"{KUBERNETES}/base"
    everyone = "every pod of the application"
    yield Flow(
        source=everyone,
        target="cluster DNS",
        port="53/udp, 53/tcp",
        why="names",
        enforced_by=f"{base}/networkpolicy-dns.yaml",
    )
    for service in facts.long_running(answers):
        yield from _flows_into(service, base)
        if facts.has_requests(service):
            yield Flow(
                source=everyone,
                target=service.name,
                port=f"{service.port}/tcp",
                why="services call each other",
                enforced_by=f"{base}/networkpolicy-services.yaml and {base}/{service.name}/networkpolicy.yaml",
            )
    if answers.data.database != "none":
        yield Flow(
            source=everyone,
            target="database",
            port=f"{DATABASE_PORTS[answers.data.database]}/tcp",
            why="queries and migrations",
            enforced_by=f"{base}/networkpolicy-database.yaml",
        )
    for service in internet(answers):
        yield Flow(
            source=service.name,
            target="internet",
            port="443/tcp",
            why="services of others",
            enforced_by=f"{base}/networkpolicy-internet.yaml",
        )
    for service in mail(answers):
        yield Flow(
            source=service.name,
            target="mail relay",
            port="465/tcp, 587/tcp",
            why="mail",
            enforced_by=f"{base}/networkpolicy-mail.yaml",
        )
    if answers.data.object_storage:
        yield Flow(
            source=everyone,
            target="Pod Identity agent (169.254.170.23)",
            port="80/tcp",
            why="short-lived credentials for the bucket",
            enforced_by=f"{base}/networkpolicy-pod-identity.yaml",
        )


def _flows_into(service: Service, base: str) -> Iterator[Part]:
    policy, port = f"{base}/{service.name}/networkpolicy.yaml", f"{service.port}/tcp"
    yield Flow(source="namespace monitoring", target=service.name, port=port, why="metrics", enforced_by=policy)
    yield Flow(
        source="API server",
        target=service.name,
        port=port,
        why="health check of a release (address range of the network)",
        enforced_by=policy,
    )
    if service.public:
        yield Flow(
            source="load balancer",
            target=service.name,
            port=port,
            why="requests of users (address range of the network)",
            enforced_by=policy,
        )


def _sizes(answers: Answers) -> Iterator[Part]:
    bounds = [replicas(answers, e) for e in answers.environments]
    quotas = [quota(answers, high) for _, high in bounds]
    yield SizeRow(what="Replicas of a service", values=tuple(f"{low} to {high}" for low, high in bounds))
    yield SizeRow(
        what="Quota of the application's namespace",
        values=tuple(f"{q.pods} pods, {q.cpu} CPU, {q.memory}" for q in quotas),
    )
    for service in facts.long_running(answers):
        millis, mib = size(service)
        yield SizeRow(
            what=f"One replica of {service.name} ({service.size})",
            values=(f"{millis}m CPU, {mib} MiB",) * len(answers.environments),
        )


def _runbooks(answers: Answers) -> Iterator[Part]:
    kubectl, example = f"kubectl --namespace {facts.namespace(answers)}", facts.long_running(answers)[0].name
    yield Runbook(
        book="scaling",
        title="More or fewer replicas, now",
        position=50,
        text="The autoscaler owns the number of replicas: `kubectl scale` is undone within seconds. Move its bounds "
        "instead; the next release sets them back to what the overlay says.",
        steps=(
            ("See what it wants and why", f"{kubectl} describe hpa {example}"),
            (
                "Raise the lower bound",
                f'{kubectl} patch hpa {example} --type merge --patch \'{{"spec": {{"minReplicas": 6}}}}\'',
            ),
            ("See whether the quota has room", f"{kubectl} describe resourcequota quota"),
            ("See whether pods wait for a node", f"{kubectl} get pods --field-selector status.phase=Pending"),
        ),
    )
    yield Runbook(
        book="scaling",
        title="More or fewer replicas, for good",
        position=60,
        text="`scaling.min` and `scaling.max` of agency-scaffold.yml are production's bounds; the quota follows them. "
        "For one service only, add a patch with its name to the overlay.",
        steps=(
            ("Change the bounds and look at the change", "agency-scaffold update --dry-run"),
            ("Write it", "agency-scaffold update"),
            ("See what an overlay says", f"kubectl kustomize {KUBERNETES}/overlays/{answers.production}"),
        ),
    )
    yield _after_a_change(answers, kubectl, example)
    yield _timeouts(kubectl, example)


def _after_a_change(answers: Answers, kubectl: str, example: str) -> Runbook:
    text = "Pods read secrets and settings when they start: a changed value counts from the next start."
    if answers.data.database != "none":
        text += (
            f" The database password changes every {answers.security.rotation_days} days: open connections live on, "
            "new ones with the old password fail. The files in /var/run/secrets/database follow within minutes "
            "without a restart: read them for each new connection."
        )
    return Runbook(
        book="deployment",
        title="After a secret or a setting changed",
        position=70,
        text=text,
        steps=(
            ("See whether the secrets arrived", f"{kubectl} get externalsecrets"),
            (
                "Fetch a changed value at once",
                f"{kubectl} annotate externalsecrets --all force-sync=$(date +%s) --overwrite",
            ),
            ("Let the pods read it, without a gap", f"{kubectl} rollout restart deployment {example}"),
            ("Wait for them", f"{kubectl} rollout status deployment {example} --timeout 300s"),
        ),
    )


def _timeouts(kubectl: str, example: str) -> Runbook:
    return Runbook(
        book="incident-response",
        title="A connection times out",
        position=70,
        text="A timeout (not a refusal) to a host that is up usually means that no NetworkPolicy allows it.",
        steps=(
            ("Read what is allowed", f"{kubectl} get networkpolicies"),
            ("Read who may call the service", f"{kubectl} describe networkpolicy {example}"),
            (
                f"Let a service call hosts outside: add its name to {KUBERNETES}/base/networkpolicy-internet.yaml "
                "(for a host in the private network, a policy like networkpolicy-database.yaml) and release",
                "",
            ),
        ),
    )


def _todo(answers: Answers) -> Iterator[Part]:
    if facts.public(answers) and not answers.project.domain:
        yield TodoItem(
            id="GATEWAY_DOMAIN",
            severity="blocking",
            file="agency-scaffold.yml",
            question="Below which domain do the public services answer?",
            how="Set project.domain to a DNS zone that you own and run `agency-scaffold update`. Until then other "
            "environments answer on plain HTTP, and production's listener finds no certificate.",
            acceptance=f"! grep -rq '\\.invalid$' {KUBERNETES}/overlays",
        )
    if answers.data.database != "none":
        yield TodoItem(
            id="DATABASE_ROTATION",
            severity="recommended",
            file="agency-scaffold.yml",
            question="Do the services survive a rotated database password?",
            how="Read user and password for each new connection from /var/run/secrets/database/DATABASE_USERNAME and "
            "DATABASE_PASSWORD instead of the environment, or restart the Deployments after each rotation "
            '(deployment runbook, "After a secret or a setting changed").',
        )
    yield TodoItem(
        id="OUTGOING_CONNECTIONS",
        severity="optional",
        file=f"{KUBERNETES}/base",
        question="Which services call hosts outside the cluster, and on which ports?",
        how="Only services with secrets, with an outside URL in their settings or with the bucket may reach port 443; "
        "those with SMTP_ settings also a mail relay. Add names and ports to the networkpolicy files.",
    )
