"""Terraform for AWS: the main and bootstrap roots, the security modules, and what they mean for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import facts
from generator.component import Answers, Part, Parts, builds, contributes, load_parts, pins
from generator.parts import DiagramEdge, Ignored

from .engines import Parameter, engine_of
from .sizes import size_rows
from .variables import bootstrap_variables, main_variables
from .words import MAIN, flags_of, lists_of, words_of


@dataclass(frozen=True)
class Environment:
    """One environment: its variables and where its state is."""

    name: str
    state_bucket: str
    state_key: str
    main_variables: tuple[str, ...]
    bootstrap_variables: tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """What the templates of `terraform-aws` print."""

    aws_version: str
    region: str
    namespace: str
    environments: tuple[Environment, ...]
    database: bool
    kubernetes: bool
    kubernetes_database: bool
    database_exporter: bool
    domain: bool
    load_balancer: bool
    github: bool
    database_engine: str
    postgres: bool
    database_version: str
    database_family: str
    database_port: int
    database_parameters: tuple[Parameter, ...]
    database_logs: tuple[str, ...]


def _environment(answers: Answers, name: str) -> Environment:
    return Environment(
        name=name,
        state_bucket=facts.state_bucket(answers, name),
        state_key=facts.state_key(answers, name),
        main_variables=tuple(main_variables(answers, name)),
        bootstrap_variables=tuple(bootstrap_variables(answers, name)),
    )


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The variables of every environment and the flags that files depend on."""
    engine = engine_of(answers)
    database, kubernetes = answers.data.database != "none", answers.orchestration.platform == "kubernetes"
    return Context(
        aws_version=pins().version("provider/aws"),
        region=answers.cloud.region,
        namespace=facts.namespace(answers),
        environments=tuple(_environment(answers, name) for name in answers.environments),
        database=database,
        kubernetes=kubernetes,
        kubernetes_database=kubernetes and database,
        database_exporter=facts.database_exporter(answers),
        domain=bool(answers.project.domain),
        load_balancer=bool(facts.public(answers)),
        github=answers.ci.system == "github-actions",
        database_engine=answers.data.database,
        postgres=answers.data.database == "postgres",
        database_version=engine.version,
        database_family=f"{engine.family}{engine.version}",
        database_port=facts.DATABASE_PORTS[engine.name],
        database_parameters=(engine.tls, *engine.parameters),
        database_logs=engine.logs,
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Everything that the roots mean for the rest of the repository."""
    flags, words = flags_of(answers), words_of(answers)
    yield from load_parts(__file__, "parts.yml", words, flags)
    yield from load_parts(__file__, "runbooks.yml", words, flags)
    yield from load_parts(__file__, "todo.yml", words, flags, lists_of(answers))
    for name in (*(f"environments/{environment}" for environment in answers.environments), "tests/terraform"):
        yield Ignored(pattern=f"!/{MAIN}/**/{name}.tfvars", reason="No secrets: *.tfvars of yours must not hide them")
    yield from size_rows(answers, flags, words)
    if answers.data.database != "none":
        for service in answers.services:
            if service.language != "static":
                yield DiagramEdge(source=f"service-{service.name}", target="database", label="TLS")
