"""Previews on Kubernetes: the database, the quota, the sample data, and names that services may not have."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from generator import facts, rollouts, taken
from generator.component import (
    Answers,
    AnswersError,
    Part,
    Parts,
    Service,
    builds,
    contributes,
    load_parts,
    load_yaml,
    pins,
)
from generator.parts import ClusterFolder, GatewayListener, SecretReader, VerifyStep

FOLDER: Final = "infrastructure/kubernetes/preview"
LABEL: Final = "agency-scaffold/preview"


@dataclass(frozen=True)
class Folder:
    """A folder that the database writes to."""

    name: str
    path: str
    size: str


@dataclass(frozen=True)
class Variable:
    """A variable of the database: a key of its secret, or a value."""

    name: str
    key: str = ""
    value: str = ""


@dataclass(frozen=True)
class Database:
    """The database's container."""

    image: str
    health: list[str]
    folders: tuple[Folder, ...]
    environment: tuple[Variable, ...]
    cpu: str
    memory: str


@dataclass(frozen=True)
class Seed:
    """A service that fills the new database; named as the views of `k8s` are, whose partials print it."""

    name: str
    seed: list[str]
    has_secrets: bool
    cpu: str
    memory: str


@dataclass(frozen=True)
class Weighted:
    """A service whose route leads to more than its own Service."""

    name: str
    port: int


@dataclass(frozen=True)
class Quota:
    """What a preview may ask for in total."""

    pods: int
    cpu: str
    memory: str
    database: str
    """Words for the database, where there is one."""


@dataclass(frozen=True)
class Context:
    """The names that the templates see."""

    project: str
    prefix: str
    word: str
    network: str
    secret_prefix: str
    secret_key_form: str
    secret_services: tuple[str, ...]
    has_secrets: bool
    has_jobs: bool
    has_rollouts: bool
    has_roles: bool
    """Whether services have Services for their releases."""
    weighted: tuple[Weighted, ...]
    has_database: bool
    database: Database
    database_port: int
    policy_selector: str
    seeds: tuple[Seed, ...]
    quota: Quota
    kubernetes_version: str
    domain: bool


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The view-model of previews."""
    database, secret = answers.data.database, tuple(s.name for s in answers.services if s.secrets)
    beginning = f"{facts.project(answers)}/{facts.PREVIEW}/"
    return Context(
        project=answers.project.name,
        prefix=facts.preview_prefix(answers),
        word=facts.PREVIEW,
        network=facts.network_cidr(answers, facts.preview_environment(answers)),
        secret_prefix=beginning,
        secret_key_form=f"{beginning}<service>",
        secret_services=secret,
        has_secrets=bool(secret),
        has_jobs=bool(facts.jobs(answers)),
        has_rollouts=rollouts.controlled(answers),
        has_roles=any(rollouts.roles(answers, s) for s in facts.long_running(answers)),
        weighted=tuple(Weighted(s.name, s.port) for s in answers.services if rollouts.weighted(answers, s)),
        has_database=database != "none",
        database=_database(database),
        database_port=facts.DATABASE_PORTS.get(database, 0),
        policy_selector=_policies(answers),
        seeds=tuple(_seed(s) for s in answers.services if facts.seeds(answers, s)),
        quota=_quota(answers),
        kubernetes_version=answers.orchestration.kubernetes_version,
        domain=bool(answers.project.domain),
    )


def _database(name: str) -> Database:
    """The database's container; Postgres where there is none, for the names alone."""
    kinds = load_yaml(__file__, "databases.yml")
    kind = name if name in kinds else "postgres"
    millis, mib = facts.PREVIEW_DATABASE_SIZES[kind]
    size = {"cpu": f"{millis}m", "memory": f"{mib}Mi"}
    return msgspec.convert(kinds[kind] | size | {"image": pins().image(kinds[kind]["image"])}, Database)


def _policies(answers: Answers) -> str:
    """The policies by which the load balancer comes in: those of services, not of jobs and of the database."""
    others = ["job"] if facts.jobs(answers) else []
    others += ["database"] if answers.data.database != "none" else []
    return ",".join(["app.kubernetes.io/name", *(f"app.kubernetes.io/component!={one}" for one in others)])


def _seed(service: Service) -> Seed:
    millis, mib = facts.REPLICA_SIZES[service.size]
    # The kubelet expands $(NAME) and reads $$ as $: the shell must get the command as it was written.
    command = [word.replace("$", "$$") for word in facts.argv(service.commands.seed)]
    return Seed(service.name, command, bool(service.secrets), f"{millis}m", f"{mib}Mi")


def _quota(answers: Answers) -> Quota:
    """Room for one replica of each service and the one that takes its place, for tasks, and for the database twice."""
    size = facts.PREVIEW_DATABASE_SIZES.get(answers.data.database)
    pods, cpu, memory = (2, 2 * size[0], 2 * size[1]) if size else (0, 0, 0)
    for service in facts.preview_services(answers):
        number = 2 if service.kind != "job" else 0
        number += bool(service.commands.migrate) + facts.seeds(answers, service)
        millis, mib = facts.REPLICA_SIZES[service.size]
        pods, cpu, memory = pods + number, cpu + number * millis, memory + number * mib
    words = ", and the database with the one that takes its place" if size else ""
    return Quota(pods, str(math.ceil(cpu / 1000)), f"{math.ceil(memory / 1024)}Gi", words)


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """The way in, the rights, and what people do with previews; raises AnswersError for names that are taken."""
    if problems := tuple(taken.clashes(answers, taken.SEED_TAKEN, suffixes={taken.SEED})):
        raise AnswersError(problems)
    environment = facts.preview_environment(answers)
    yield GatewayListener(
        name=facts.PREVIEW,
        environment=environment,
        hostname=f"*.{facts.PREVIEW}.{answers.project.domain}",
        namespaces=LABEL,
        why="Previews of pull requests, each from a namespace of its own",
    )
    yield SecretReader(label=LABEL, why="Previews; what they may ask for, their admission policy says")
    yield ClusterFolder(name="preview-access", path=f"{FOLDER}-access", environment=environment)
    yield VerifyStep(
        name="manifests of previews build",
        tool="kubectl",
        command=f'for folder in {FOLDER} {FOLDER}-access; do kubectl kustomize "$folder" >/dev/null || exit 1; done',
        install="https://kubernetes.io/docs/tasks/tools/",
        order_=32,
    )
    words = {
        "FOLDER": FOLDER,
        "PREFIX": facts.preview_prefix(answers),
        "ENVIRONMENT": environment,
        "STACK": facts.stack(answers, environment),
    }
    yield from load_parts(__file__, "parts.yml", words)
