"""EKS: the cluster in the main root, the platform root, and what both mean for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from generator import facts, rollouts
from generator.component import Answers, Part, Parts, builds, contributes, load_parts, pins
from generator.formats import hcl_attributes, to_hcl
from generator.parts import CiVariable, ClusterFolder, MakeTarget, RootVariable, SecretReader, VerifyStep

from .controller import Controller, controller
from .sizes import NodeSize, node_size, size_rows, vcpus

MAIN: Final = "infrastructure/terraform"
PLATFORM: Final = f"{MAIN}/platform"
MANIFESTS: Final = "infrastructure/kubernetes/platform"


@dataclass(frozen=True)
class EnvironmentRow:
    """One environment: its cluster, the variables of its platform root and where its state is."""

    name: str
    cluster: str
    state_bucket: str
    state_key: str
    protected: bool
    variables: tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """What the templates of `terraform-aws-eks` print."""

    project: str
    region: str
    namespace: str
    environments: str
    environment_rows: tuple[EnvironmentRow, ...]
    sizes: tuple[NodeSize, ...]
    kubernetes_version: str
    secret_namespaces: tuple[str, ...]
    secret_readers: tuple[SecretReader, ...]
    cluster_folders: tuple[ClusterFolder, ...]
    previews: bool
    domain: bool
    public: bool
    database: bool
    database_exporter: bool
    secrets_of_tests: int
    cloud_logs: bool
    rollouts: bool
    controller: Controller
    aws_version: str
    helm_version: str
    kubernetes_provider_version: str
    gateway_api_version: str
    gateway_api_commit: str
    load_balancer_controller_version: str
    load_balancer_controller_commit: str
    external_secrets_version: str
    external_dns_version: str
    cluster_autoscaler_version: str
    cluster_autoscaler_tags: tuple[str, ...]
    fluent_bit_version: str


def _variables(answers: Answers, environment: str) -> tuple[str, ...]:
    values: dict[str, object] = {
        "project": facts.project(answers),
        "environment": environment,
        "production": environment == answers.production,
        "region": answers.cloud.region,
    }
    if answers.project.domain:
        values["domain"] = answers.project.domain
    return hcl_attributes(values)


def _row(answers: Answers, environment: str) -> EnvironmentRow:
    return EnvironmentRow(
        name=environment,
        cluster=facts.stack(answers, environment),
        state_bucket=facts.state_bucket(answers, environment),
        state_key=facts.state_key(answers, environment),
        # Without a public service there is no load balancer to protect.
        protected=environment == answers.production and bool(facts.public(answers)),
        variables=_variables(answers, environment),
    )


def _secret_namespaces(answers: Answers) -> tuple[str, ...]:
    monitoring = (facts.MONITORING,) if answers.monitoring.backend == "prometheus" else ()
    return (facts.namespace(answers), *monitoring)


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """Names, sizes and pinned versions of the cluster and its platform."""
    known = pins()
    return Context(
        project=answers.project.name,
        region=answers.cloud.region,
        namespace=facts.namespace(answers),
        environments=", ".join(answers.environments),
        environment_rows=tuple(_row(answers, name) for name in answers.environments),
        sizes=(node_size(answers, production=True), node_size(answers, production=False)),
        kubernetes_version=answers.orchestration.kubernetes_version,
        secret_namespaces=_secret_namespaces(answers),
        secret_readers=parts.of(SecretReader),
        cluster_folders=parts.of(ClusterFolder),
        previews=answers.previews.enabled,
        domain=bool(answers.project.domain),
        public=bool(facts.public(answers)),
        database=answers.data.database != "none",
        database_exporter=facts.database_exporter(answers),
        # Of the one service that the tests give secrets, of Alertmanager, of the database and of its monitoring.
        secrets_of_tests=2 + (answers.data.database != "none") + facts.database_exporter(answers),
        cloud_logs=answers.monitoring.logs == "cloud",
        rollouts=rollouts.controlled(answers),
        controller=controller(answers),
        aws_version=known.version("provider/aws"),
        helm_version=known.version("provider/helm"),
        kubernetes_provider_version=known.version("provider/kubernetes"),
        gateway_api_version=known.version("gateway-api"),
        gateway_api_commit=known.version("gateway-api-commit"),
        load_balancer_controller_version=known.version("chart/aws-load-balancer-controller"),
        load_balancer_controller_commit=known.version("chart/aws-load-balancer-controller-commit"),
        external_secrets_version=known.version("chart/external-secrets"),
        external_dns_version=known.version("chart/external-dns"),
        cluster_autoscaler_version=known.version("chart/cluster-autoscaler"),
        cluster_autoscaler_tags=tuple(
            f"{to_hcl(minor)} = {to_hcl(known.version(f'image/cluster-autoscaler-{minor}'))}"
            for minor in known.kubernetes
        ),
        fluent_bit_version=known.version("chart/aws-for-fluent-bit"),
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Everything that the cluster means for the rest of the repository."""
    yield from _targets()
    yield from _checks(answers)
    yield CiVariable(
        name="CLUSTER_NAME", purpose="Name of the cluster", source="main", readers=("releases", "previews")
    )
    yield from size_rows(answers)
    yield from _from_files(answers)
    yield from _versions(answers)
    yield from _people(answers)


def _versions(answers: Answers) -> Iterator[Part]:
    """The version of each cluster, which one environment has after the other while it is raised."""
    for environment in ("", *answers.environments):
        yield RootVariable(
            root="main",
            environment=environment,
            name="kubernetes_version",
            value=answers.orchestration.kubernetes_version,
        )


def _people(answers: Answers) -> Iterator[Part]:
    """Who may enter the clusters: names that a person fills in."""
    for environment in ("", *answers.environments):
        for who in ("administrator", "operator"):
            placeholder = f"CHANGEME_{who.upper()}S_{_identifier(environment)}"
            yield RootVariable(
                root="main",
                environment=environment,
                name=f"cluster_{who}_arns",
                value=[placeholder] if environment else [],
            )
    lists = [{"ENVIRONMENT": name, "ID": _identifier(name)} for name in answers.environments]
    yield from load_parts(__file__, "todo.yml", _names(answers), each={"environment": lists})


def _identifier(environment: str) -> str:
    """An environment's name as a placeholder's id has it."""
    return environment.upper().replace("-", "_")


def _targets() -> Iterator[Part]:
    yield MakeTarget(
        name="platform",
        help="Installs what releases need in the cluster: controllers, secret store, load balancer, monitoring",
        recipe=('scripts/platform.sh --environment "$(ENV)"',),
        requires=("ENV",),
        group="infrastructure",
    )


def _checks(answers: Answers) -> Iterator[Part]:
    folders = " ".join(f"{MANIFESTS}/overlays/{name}" for name in answers.environments)
    yield VerifyStep(
        name="platform manifests build",
        tool="kubectl",
        command=f'for folder in {folders}; do kubectl kustomize "$folder" >/dev/null || exit 1; done',
        install="https://kubernetes.io/docs/tasks/tools/",
        order_=31,
    )


def _flags(answers: Answers) -> dict[str, bool]:
    """What rows of this component's data files may depend on."""
    return {
        "cloud_logs": answers.monitoring.logs == "cloud",
        "rollouts": rollouts.controlled(answers),
        "domain": bool(answers.project.domain),
        "public": bool(facts.public(answers)),
    }


def _names(answers: Answers) -> dict[str, str]:
    """What stands for `<NAME>` in them: production's names."""
    return {
        "MAIN": MAIN,
        "BOOTSTRAP": f"{MAIN}/bootstrap",
        "PLATFORM": PLATFORM,
        "MANIFESTS": MANIFESTS,
        "DOMAIN": answers.project.domain,
        "ENVIRONMENT": answers.production,
        "CLUSTER": facts.stack(answers, answers.production),
        "REGION": answers.cloud.region,
        "NAMESPACE": facts.namespace(answers),
        "VERSION": answers.orchestration.kubernetes_version,
        "VCPUS": str(vcpus(answers)),
        "PORTS": ", ".join(map(str, controller(answers).ports)),
    }


def _from_files(answers: Answers) -> Iterator[Part]:
    """The rows of the data files whose flag is set."""
    flags, names = _flags(answers), _names(answers)
    for name in ("decisions.yml", "flows.yml", "runbooks.yml", "inserts.yml", "access.yml", "parts.yml"):
        yield from load_parts(__file__, name, names, flags)
