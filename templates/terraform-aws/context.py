"""Terraform for AWS: the main and bootstrap roots, the security modules, and what they mean for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from generator import facts
from generator.component import (
    Answers,
    Part,
    Parts,
    builds,
    contributes,
    fill,
    load_parts,
    load_yaml,
    pins,
)
from generator.formats import hcl_attributes, to_hcl
from generator.parts import DiagramEdge, Ignored, SizeRow

ENGINES: Final[Mapping[str, Mapping[str, Any]]] = load_yaml(__file__, "engines.yml")
SIZES: Final[Mapping[str, Any]] = load_yaml(__file__, "sizes.yml")
MAIN: Final = "infrastructure/terraform"
BOOTSTRAP: Final = f"{MAIN}/bootstrap"


@dataclass(frozen=True)
class Parameter:
    """A parameter of the database's parameter group."""

    name: str
    value: str
    apply_method: str = ""
    """For a parameter that only a restart changes; without it, changes hold at once."""


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


def _class(answers: Answers, environment: str) -> str:
    """Which sizes of `sizes.yml` the environment has."""
    return "production" if environment == answers.production else "others"


def _engine(answers: Answers) -> Mapping[str, Any]:
    return ENGINES["postgres" if answers.data.database == "none" else answers.data.database]


def _engine_version(answers: Answers) -> str:
    return pins().version("rds/mysql" if answers.data.database == "mysql" else "rds/postgres")


def _has_database(answers: Answers) -> bool:
    return answers.data.database != "none"


def _has_kubernetes(answers: Answers) -> bool:
    return answers.orchestration.platform == "kubernetes"


def _id(environment: str) -> str:
    return environment.upper().replace("-", "_")


def _account(answers: Answers, environment: str) -> str:
    return facts.account(answers, environment) or f"CHANGEME_AWS_ACCOUNT_ID_{_id(environment)}"


def _rows(values: Mapping[str, Any]) -> str:
    return "\n".join(hcl_attributes(values))


def _key(name: str) -> str:
    """A key of a map: bare where HCL allows it."""
    return name if name.replace("_", "a").replace("-", "a").isalnum() else to_hcl(name)


def _map(name: str, values: Mapping[str, Any]) -> str:
    """A map over several lines; a map in it stands on one line with bare keys."""
    width = max(len(_key(key)) for key in values)
    lines = [f"  {_key(key):<{width}} = {_inner(value)}" for key, value in values.items()]
    return "\n".join([f"{name} = {{", *lines, "}"])


def _inner(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {to_hcl(one)}" for key, one in value.items()) + " }"
    return to_hcl(value)


def _comment(lines: Iterable[str], block: str) -> str:
    return "\n".join([*(f"# {line}" for line in lines), block])


def _common(answers: Answers, environment: str, more: Mapping[str, Any], *, buckets: bool = True) -> Iterator[str]:
    """What both roots are told; `more` stands beside the domain, `buckets` says whether the root makes any."""
    prefix = {"bucket_prefix": facts.bucket_prefix(answers, environment)} if buckets else {}
    yield "\n" + _rows(
        {
            "project": facts.project(answers),
            "environment": environment,
            "production": environment == answers.production,
            "production_environment": answers.production,
            "region": answers.cloud.region,
            **prefix,
        }
    )
    yield "\n" + _rows({"account_id": _account(answers, environment)})
    yield "\n" + _map("accounts", {name: _account(answers, name) for name in answers.environments})
    tags = {"Owner": answers.project.owner, "Repository": answers.project.repository}
    if chosen := {name: _tag(value) for name, value in tags.items() if _tag(value)}:
        yield "\n" + _map("tags", chosen)
    if answers.project.domain:
        yield "\n" + _rows({"domain": answers.project.domain, **more})


def _tag(text: str) -> str:
    """The text without what AWS does not allow in the value of a tag."""
    return "".join(c if c.isalnum() or c in " _.:/=+-@" else "-" for c in text).strip()


def _main_variables(answers: Answers, environment: str) -> Iterator[str]:
    sizes = SIZES[_class(answers, environment)]
    index = answers.environments.index(environment)
    # Previews run in the first environment.
    previews = {"previews": answers.previews.enabled and index == 0}
    yield from _common(answers, environment, previews, buckets=bool(facts.public(answers)))
    comment = ["No two environments share addresses, so that networks can be connected later."]
    if _has_kubernetes(answers):
        comment.append(f"The NetworkPolicies of infrastructure/kubernetes/overlays/{environment} name these too.")
    addresses = {"vpc_cidr": facts.network_cidr(answers, environment)}
    yield "\n" + _comment(comment, _rows(addresses | {"interface_endpoints": sizes["interface_endpoints"]}))
    yield "\n" + _map("services", {s.name: {"secrets": list(s.secrets)} for s in answers.services})
    if _has_kubernetes(answers):
        people = ("administrator", "operator")
        yield "\n" + _rows({f"cluster_{who}_arns": [f"CHANGEME_{who.upper()}S_{_id(environment)}"] for who in people})
    if _has_database(answers):
        yield "\n" + _rows(
            {name: sizes[name] for name in sizes if name.startswith("database_")}
            | {
                "backup_retention_days": answers.backup.retention_days,
                "password_rotation_days": answers.security.rotation_days,
                "password_rotation_hour": _rotation_hour(answers.cloud.region),
            }
        )
    yield "\n" + _rows({"monthly_budget_usd": answers.cost.monthly_budget_usd, "alert_emails": []})


def _rotation_hour(region: str) -> int:
    hours: Mapping[str, int] = load_yaml(__file__, "rotation.yml")
    return hours[max(filter(region.startswith, hours), key=len)]


def _bootstrap_variables(answers: Answers, environment: str) -> Iterator[str]:
    yield from _common(answers, environment, {})
    if writers := _writers_of_records(answers, environment):
        yield "\n" + _map("administrators", writers)
    if answers.ci.system == "github-actions":
        yield "\n" + _rows(
            {
                "repository": answers.project.repository or "CHANGEME_PROJECT_REPOSITORY",
                "github_owner_id": "",
                "github_repository_id": "",
                "create_oidc_provider": _first_of_account(answers, environment),
            }
        )


def _writers_of_records(answers: Answers, environment: str) -> dict[str, list[str]]:
    """Who applies other environments by hand and so writes records into the zone, which is in production's account."""
    if environment != answers.production or not answers.project.domain or not _has_kubernetes(answers):
        return {}
    account = facts.account(answers, environment)
    others = [name for name in answers.environments if name != environment]
    return {
        n: [f"CHANGEME_ADMINISTRATORS_{_id(n)}"] for n in others if not account or facts.account(answers, n) != account
    }


def _first_of_account(answers: Answers, environment: str) -> bool:
    """Whether no earlier environment uses the same account; an unknown account counts as its own."""
    accounts = [facts.account(answers, name) or name for name in answers.environments]
    return accounts.index(facts.account(answers, environment) or environment) == answers.environments.index(environment)


def _environment(answers: Answers, name: str) -> Environment:
    return Environment(
        name=name,
        state_bucket=facts.state_bucket(answers, name),
        state_key=facts.state_key(answers, name),
        main_variables=tuple(_main_variables(answers, name)),
        bootstrap_variables=tuple(_bootstrap_variables(answers, name)),
    )


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The variables of every environment and the flags that files depend on."""
    engine = _engine(answers)
    version = _engine_version(answers)
    return Context(
        aws_version=pins().version("provider/aws"),
        region=answers.cloud.region,
        namespace=facts.namespace(answers),
        environments=tuple(_environment(answers, name) for name in answers.environments),
        database=_has_database(answers),
        kubernetes=_has_kubernetes(answers),
        kubernetes_database=_has_kubernetes(answers) and _has_database(answers),
        database_exporter=facts.database_exporter(answers),
        domain=bool(answers.project.domain),
        load_balancer=bool(facts.public(answers)),
        github=answers.ci.system == "github-actions",
        database_engine=answers.data.database,
        postgres=answers.data.database == "postgres",
        database_version=version,
        database_family=f"{engine['family']}{version}",
        database_port=engine["port"],
        database_parameters=tuple(Parameter(**one) for one in (engine["tls"], *engine["parameters"])),
        database_logs=tuple(engine["logs"]),
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Everything that the roots mean for the rest of the repository."""
    flags, words = _flags(answers), _words(answers)
    yield from load_parts(__file__, "parts.yml", words, flags)
    yield from load_parts(__file__, "runbooks.yml", words, flags)
    yield from load_parts(__file__, "todo.yml", words, flags, _lists(answers))
    for name in (*(f"environments/{environment}" for environment in answers.environments), "tests/terraform"):
        yield Ignored(pattern=f"!/{MAIN}/**/{name}.tfvars", reason="No secrets: *.tfvars of yours must not hide them")
    yield from _table(answers)
    if _has_database(answers):
        for service in facts.long_running(answers):
            if service.language != "static":
                yield DiagramEdge(source=f"service-{service.name}", target="database", label="TLS")


def _flags(answers: Answers) -> frozenset[str]:
    """What rows of the data files may depend on."""
    flags = {
        "database": _has_database(answers),
        "domain": bool(answers.project.domain),
        "github": answers.ci.system == "github-actions",
        "kubernetes": _has_kubernetes(answers),
    }
    return frozenset(name for name, holds in flags.items() if holds)


def _words(answers: Answers) -> dict[str, str]:
    """What stands for `<WORD>` in the data files."""
    engine = _engine(answers)
    return {
        "MAIN": MAIN,
        "BOOTSTRAP": BOOTSTRAP,
        "PRODUCTION": answers.production,
        "STACK": facts.stack(answers, answers.production),
        "DOMAIN": answers.project.domain,
        "ENGINE": engine["title"],
        "ENGINE_VERSION": _engine_version(answers),
        "DATABASE_PORT": str(engine["port"]),
        "MONTHLY_BUDGET_USD": str(answers.cost.monthly_budget_usd),
        "RETENTION_DAYS": str(answers.backup.retention_days),
        "REGION": answers.cloud.region,
        "NAMESPACE": facts.namespace(answers),
    }


def _lists(answers: Answers) -> dict[str, list[dict[str, str]]]:
    """What `each` of `todo.yml` may name."""
    environments, accounts, secrets = [], [], []
    for environment in answers.environments:
        here = {
            "ENVIRONMENT": environment,
            "ID": _id(environment),
            "BUCKET_PREFIX": facts.bucket_prefix(answers, environment),
        }
        environments.append(here)
        if not facts.account(answers, environment):
            accounts.append(here)
        for secret, keys in _secrets(answers, environment).items():
            shown = {
                "SECRET": secret,
                "SECRET_ID": _id(secret.rsplit("/", 1)[1]),
                "KEYS": ", ".join(keys),
                "VALUES": ", ".join(f'"{key}": "{value}"' for key, value in keys.items()),
            }
            secrets.append(here | shown)
    return {"environment": environments, "account": accounts, "secret": secrets}


def _secrets(answers: Answers, environment: str) -> Mapping[str, Mapping[str, str]]:
    """The secrets of the environment that a person must fill: their keys, and what stands for each value until then."""
    secrets = {facts.secret_id(answers, environment, s): dict.fromkeys(s.secrets, "...") for s in answers.services}
    alertmanager = {key: f"<{value}>" for key, value in facts.alertmanager_keys(answers).items()}
    secrets[facts.alertmanager_secret(answers, environment)] = alertmanager
    return {name: keys for name, keys in secrets.items() if keys}


def _table(answers: Answers) -> Iterator[Part]:
    """The rows of sizes: a text for all environments, or one for each class of them."""
    flags, words = _flags(answers), _words(answers)
    classes = [_class(answers, name) for name in answers.environments]
    shown = {name: words | {key.upper(): _shown(size) for key, size in SIZES[name].items()} for name in set(classes)}
    for row in SIZES["rows"]:
        if flags.issuperset(row.get("when", ())):
            texts = tuple(fill(row.get("all") or row[name], shown[name]) for name in classes)
            yield SizeRow(what=row["what"], values=texts)


def _shown(size: Any) -> str:
    return ", ".join(size) or "none" if isinstance(size, list) else str(size)
