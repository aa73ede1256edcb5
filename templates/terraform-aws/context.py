"""Terraform for AWS: the main and bootstrap roots, the security modules, and what they mean for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator import facts
from generator.component import Answers, AnswersError, Part, Parts, builds, contributes, load_parts, pins
from generator.parts import CiVariable, DiagramEdge, Ignored, ProtectedResource, TerraformRoot

from .access import Access, access_of
from .engines import Parameter, engine_of
from .hcl import blocks
from .names import clashes
from .sizes import size_rows
from .variables import bootstrap_variables, has_buckets, main_variables, told_by_others
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
    environments: tuple[Environment, ...]
    access: Access
    ci_roots: tuple[str, ...]
    root_names: str
    root_pattern: str
    last_roots: tuple[str, ...]
    unprotected: str
    kept: str
    kept_for_others: str
    tests_variables: tuple[str, ...]
    database: bool
    database_exporter: bool
    domain: bool
    load_balancer: bool
    buckets: bool
    github: bool
    previews: bool
    database_engine: str
    postgres: bool
    database_version: str
    database_family: str
    database_port: int
    database_parameters: tuple[Parameter, ...]
    database_logs: tuple[str, ...]
    ci_values: tuple[str, ...]
    """What other components hand to CI: assignments."""


def _environment(answers: Answers, name: str, parts: Parts) -> Environment:
    return Environment(
        name=name,
        state_bucket=facts.state_bucket(answers, name),
        state_key=facts.state_key(answers, name),
        main_variables=tuple(main_variables(answers, name, parts)),
        bootstrap_variables=tuple(bootstrap_variables(answers, name, parts)),
    )


def _ci_values(parts: Parts) -> tuple[str, ...]:
    """The variables of CI whose value a component gives, aligned as `terraform fmt` does."""
    given = [v for v in parts.of(CiVariable) if v.source == "main" and v.value]
    width = max((len(v.name) for v in given), default=0)
    return tuple(f"{v.name:<{width}} = {v.value}" for v in given)


def _pattern(parts: Parts, first: str) -> str:
    """The addresses of what is treated so before a destruction, as a pattern of `case`."""
    return " | ".join(p.address for p in parts.of(ProtectedResource) if p.first == first)


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """The variables of every environment and the flags that files depend on."""
    engine = engine_of(answers)
    database, roots = answers.data.database != "none", parts.of(TerraformRoot)
    return Context(
        aws_version=pins().version("provider/aws"),
        region=answers.cloud.region,
        environments=tuple(_environment(answers, name, parts) for name in answers.environments),
        access=access_of(parts),
        ci_roots=tuple(root.name for root in roots if root.name != "bootstrap"),
        root_names=", ".join(root.name for root in roots),
        root_pattern="|".join(root.name for root in roots),
        last_roots=tuple(root.name for root in reversed(roots) if root.name not in {"bootstrap", "main"}),
        unprotected=_pattern(parts, "unprotect"),
        kept=_pattern(parts, "keep"),
        kept_for_others=_pattern(parts, "keep_for_others"),
        tests_variables=tuple(
            line for block in blocks(told_by_others(parts, "main", "")) for line in block.split("\n")
        ),
        database=database,
        database_exporter=facts.database_exporter(answers),
        domain=bool(answers.project.domain),
        load_balancer=bool(facts.public(answers)),
        buckets=has_buckets(answers, parts),
        previews=answers.previews.enabled,
        github=answers.ci.system == "github-actions",
        database_engine=answers.data.database,
        postgres=answers.data.database == "postgres",
        database_version=engine.version,
        database_family=f"{engine.family}{engine.version}",
        database_port=facts.DATABASE_PORTS[engine.name],
        database_parameters=(engine.tls, *engine.parameters),
        database_logs=engine.logs,
        ci_values=_ci_values(parts),
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Everything that the roots mean for the rest of the repository; raises AnswersError for names that are taken."""
    problems = tuple(clashes(answers))
    if problems:
        raise AnswersError(problems)
    flags, words = flags_of(answers), words_of(answers)
    yield from load_parts(__file__, "parts.yml", words, flags)
    yield from load_parts(__file__, "runbooks.yml", words, flags)
    yield from load_parts(__file__, "todo.yml", words, flags, lists_of(answers))
    for name in (*(f"environments/{environment}" for environment in answers.environments), "tests/terraform"):
        yield Ignored(pattern=f"!/{MAIN}/**/{name}.tfvars", reason="No secrets: *.tfvars of yours must not hide them")
    yield from size_rows(answers, flags, words)
    for service in answers.services:
        if facts.uses_database(answers, service):
            yield DiagramEdge(source=f"service-{service.name}", target="database", label="TLS")
