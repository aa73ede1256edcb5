"""ECS on Fargate in the main root: its views, what each environment is told, and what both mean for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from generator import facts, shifts
from generator.component import Answers, Part, Parts, Service, builds, contributes, load_parts, pins
from generator.formats import to_hcl
from generator.parts import CiVariable, RootVariable

from .sizes import capacity_of, most_vcpus, scaling_of, size_rows

MAIN: Final = "infrastructure/terraform"
BOOTSTRAP: Final = f"{MAIN}/bootstrap"
TESTS: Final = "tests-first-environment"
"""A long stack's name, with which tests see how names are cut."""


@dataclass(frozen=True)
class ServiceView:
    """A service as Terraform sees it."""

    key: str
    port: int
    health_path: str
    requests: bool
    public: bool
    database: bool
    mail: bool
    by_memory: bool
    cpu: int
    memory: int


@dataclass(frozen=True)
class Environment:
    """An environment and its cluster."""

    name: str
    cluster: str


@dataclass(frozen=True)
class Context:
    """What the templates of `terraform-aws-ecs` print."""

    aws_version: str
    architecture: str
    region: str
    environments: tuple[Environment, ...]
    previews: bool
    preview_environment: str
    services: tuple[ServiceView, ...]
    load_balancer: bool
    shifting: bool
    records: bool
    domain: bool
    database: bool
    database_port: int
    mail: bool
    cpu_percent: int
    memory_percent: int
    error_percent: float
    p95_seconds: float
    long_stack: str
    long_service: str
    long_role: str
    long_target_group: str


def _view(answers: Answers, service: Service) -> ServiceView:
    cpu, memory = facts.task_size(facts.REPLICA_SIZES[service.size])
    return ServiceView(
        key=service.name if service.name.replace("-", "a").isalnum() else to_hcl(service.name),
        port=service.port,
        health_path=service.health_path,
        requests=facts.has_requests(service),
        public=service.public,
        database=facts.uses_database(answers, service),
        mail=facts.sends_mail(service),
        by_memory=not facts.keeps_memory(service),
        cpu=cpu,
        memory=memory,
    )


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """Names, sizes and limits of the services."""
    public, domain = bool(facts.public(answers)), bool(answers.project.domain)
    service = "a-service-with-a-very-long-name"
    return Context(
        aws_version=pins().version("provider/aws"),
        architecture=facts.FARGATE_ARCHITECTURES[answers.orchestration.architecture],
        region=answers.cloud.region,
        previews=answers.previews.enabled,
        preview_environment=facts.preview_environment(answers),
        environments=tuple(Environment(name, facts.stack(answers, name)) for name in answers.environments),
        services=tuple(_view(answers, s) for s in facts.long_running(answers)),
        load_balancer=public,
        shifting=shifts.shifting(answers),
        records=public and domain,
        domain=domain,
        database=answers.data.database != "none",
        database_port=facts.DATABASE_PORTS.get(answers.data.database, 0),
        mail=any(facts.sends_mail(s) for s in answers.services),
        cpu_percent=answers.scaling.cpu_percent,
        memory_percent=answers.scaling.memory_percent,
        error_percent=answers.deployment.max_error_rate * 100,
        p95_seconds=answers.deployment.max_p95_ms / 1000,
        long_stack=TESTS,
        long_service=service,
        long_role=facts.short(facts.LONGEST_ROLE, TESTS, service, "execution"),
        long_target_group=facts.short(32, TESTS, service),
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Everything that ECS means for the rest of the repository."""
    yield CiVariable(
        name="CLUSTER_NAME", purpose="Name of the cluster", source="main", readers=("releases", "previews")
    )
    yield CiVariable(name="RELEASES_BUCKET", purpose="Bucket of the record of releases", source="main")
    yield from size_rows(answers)
    yield from _variables(answers)
    flags, names = _flags(answers), _names(answers)
    lists = {"writer": [_writer(name) for name in facts.record_writers(answers)]}
    for name in ("access.yml", "decisions.yml", "flows.yml", "inserts.yml", "parts.yml", "runbooks.yml"):
        yield from load_parts(__file__, name, names, flags, lists)


def _variables(answers: Answers) -> Iterator[Part]:
    """What each environment is told, and what the tests assume."""
    for environment in answers.environments:
        told: dict[str, Any] = {
            "bucket_prefix": facts.bucket_prefix(answers, environment),
            "allow_exec": _allows_exec(answers, environment),
            "scaling": scaling_of(answers, environment),
            "capacity": capacity_of(answers, environment),
        }
        if facts.public(answers):
            told["service_hosts"] = {s.name: facts.host(answers, s, environment) for s in facts.public(answers)}
        yield from _told(environment, told)
    yield from _told("", _assumed(answers))


def _told(environment: str, values: dict[str, Any]) -> Iterator[Part]:
    for position, (name, value) in enumerate(values.items()):
        yield RootVariable(root="main", environment=environment, name=name, value=value, position=position)


def _allows_exec(answers: Answers, environment: str) -> bool:
    """In the first environment of several: production's containers are nobody's."""
    return environment == answers.environments[0] != answers.production


def _assumed(answers: Answers) -> dict[str, Any]:
    """Of a public service, one that others call, and one that nobody calls."""
    database, public = answers.data.database != "none", bool(facts.public(answers))
    size = {"health_path": "/healthz", "cpu": 256, "memory": 512}
    quiet = {"public": False, "mail": False, "by_memory": True}
    services = {
        "web": size | quiet | {"port": 3000, "requests": True, "public": public, "database": False},
        "api": size | quiet | {"port": 8080, "requests": True, "database": database, "by_memory": False},
        "worker": size | quiet | {"port": 8080, "requests": False, "database": database, "mail": True},
    }
    hosts = {"service_hosts": {"web": "first-web.tests.invalid"}} if public else {}
    return {
        "bucket_prefix": "tests-first",
        "allow_exec": False,
        "service_settings": services,
        **hosts,
        "scaling": {"min": 1, "max": 3},
        "capacity": {"on_demand_base": 0, "on_demand_weight": 0, "spot_weight": 1},
    }


def _writer(environment: str) -> dict[str, str]:
    return {"WRITER": environment, "ID": environment.upper().replace("-", "_")}


def _flags(answers: Answers) -> dict[str, bool]:
    """What rows of this component's data files may depend on."""
    public, domain = bool(facts.public(answers)), bool(answers.project.domain)
    return {
        "public": public,
        "domain": domain,
        "records": public and domain,
        "database": answers.data.database != "none",
        "exec": _allows_exec(answers, answers.environments[0]),
    }


def _names(answers: Answers) -> dict[str, str]:
    """What stands for `<NAME>` in them: production's names."""
    running = facts.long_running(answers)
    low, high = facts.replicas(answers, production=True)
    return {
        "MAIN": MAIN,
        "BOOTSTRAP": BOOTSTRAP,
        "DOMAIN": answers.project.domain,
        "ENVIRONMENT": answers.production,
        "PRODUCTION": answers.production,
        "FIRST": answers.environments[0],
        "STACK": facts.stack(answers, answers.production),
        "FIRST_STACK": facts.stack(answers, answers.environments[0]),
        "REGION": answers.cloud.region,
        "EXAMPLE": running[0].name if running else "",
        "SERVICES": " ".join(s.name for s in running),
        "MIN": str(low),
        "MAX": str(high),
        "VCPUS": str(most_vcpus(answers)),
    }
