"""Terraform for AWS: the main and bootstrap roots, the security modules, and what they mean for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from generator import facts
from generator.component import Answers, Part, Parts, Service, builds, contributes, load_yaml, pins
from generator.formats import to_hcl
from generator.parts import (
    Area,
    CiVariable,
    Decision,
    DiagramEdge,
    DiagramNode,
    Flow,
    Ignored,
    MakeTarget,
    Runbook,
    SizeRow,
    TodoItem,
    UpdateSource,
    VerifyStep,
)

MAIN: Final = "infrastructure/terraform"
BOOTSTRAP: Final = f"{MAIN}/bootstrap"
BUCKET_ROOM: Final = 39
"""Longest start of a bucket's name: `-state-<12 digits>-logs` must still fit in 63 characters."""
PLATFORMS: Final = "-platform=linux_amd64 -platform=linux_arm64 -platform=darwin_arm64"
INSTALL_TERRAFORM: Final = "https://developer.hashicorp.com/terraform/install"


@dataclass(frozen=True)
class Parameter:
    """A parameter of the database's parameter group."""

    name: str
    value: str


@dataclass(frozen=True)
class Environment:
    """One environment: its variables and where its state is."""

    name: str
    state_bucket: str
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
    domain: bool
    load_balancer: bool
    github: bool
    database_engine: str
    database_version: str
    database_family: str
    database_port: int
    database_parameters: tuple[Parameter, ...]
    database_tls: Parameter
    database_logs: tuple[str, ...]


def _sizes(answers: Answers, environment: str) -> Mapping[str, Any]:
    table: Mapping[str, Mapping[str, Any]] = load_yaml(__file__, "sizes.yml")
    return table["production" if environment == answers.production else "others"]


def _engine(answers: Answers) -> Mapping[str, Any]:
    table: Mapping[str, Mapping[str, Any]] = load_yaml(__file__, "engines.yml")
    return table["postgres" if answers.data.database == "none" else answers.data.database]


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


def _bucket_prefix(answers: Answers, environment: str) -> str:
    return facts.short(BUCKET_ROOM, facts.stack(answers, environment))


def _state_bucket(answers: Answers, environment: str) -> str:
    account = facts.account(answers, environment)
    if not account:
        return f"CHANGEME_STATE_BUCKET_{_id(environment)}"
    return f"{_bucket_prefix(answers, environment)}-state-{account}"


def _with_secrets(answers: Answers) -> tuple[Service, ...]:
    return tuple(s for s in answers.services if s.secrets)


def _rows(values: Mapping[str, Any]) -> str:
    """Attributes on a line each, aligned as `terraform fmt` does."""
    width = max(len(name) for name in values)
    return "\n".join(f"{name:<{width}} = {to_hcl(value)}" for name, value in values.items())


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


def _comment(text: str, block: str) -> str:
    return f"# {text}\n{block}"


def _common(answers: Answers, environment: str, more: Mapping[str, Any]) -> Iterator[str]:
    """What both roots are told; `more` stands beside the domain."""
    yield "\n" + _rows(
        {
            "project": facts.project(answers),
            "environment": environment,
            "production": environment == answers.production,
            "production_environment": answers.production,
            "region": answers.cloud.region,
            "bucket_prefix": _bucket_prefix(answers, environment),
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
    sizes = _sizes(answers, environment)
    index = answers.environments.index(environment)
    # Previews run in the first environment.
    yield from _common(answers, environment, {"previews": answers.previews.enabled and index == 0})
    yield "\n" + _comment(
        "No two environments share addresses, so that networks can be connected later.",
        _rows({"vpc_cidr": f"10.{16 * index}.0.0/16", "interface_endpoints": sizes["interface_endpoints"]}),
    )
    yield "\n" + _map("services", {s.name: {"secrets": list(s.secrets)} for s in answers.services})
    if _has_database(answers):
        yield "\n" + _rows(
            {name: sizes[name] for name in sizes if name.startswith("database_")}
            | {
                "backup_retention_days": answers.backup.retention_days,
                "password_rotation_days": answers.security.rotation_days,
            }
        )
    yield "\n" + _rows({"monthly_budget_usd": answers.cost.monthly_budget_usd, "alert_emails": []})


def _bootstrap_variables(answers: Answers, environment: str) -> Iterator[str]:
    yield from _common(answers, environment, {})
    if answers.ci.system == "github-actions":
        yield "\n" + _rows(
            {
                "repository": answers.project.repository or "CHANGEME_GITHUB_REPOSITORY",
                "github_owner_id": "",
                "github_repository_id": "",
                "create_oidc_provider": _first_of_account(answers, environment),
            }
        )


def _first_of_account(answers: Answers, environment: str) -> bool:
    """Whether no earlier environment uses the same account; an unknown account counts as its own."""
    accounts = [facts.account(answers, name) or name for name in answers.environments]
    return accounts.index(facts.account(answers, environment) or environment) == answers.environments.index(environment)


def _environment(answers: Answers, name: str) -> Environment:
    return Environment(
        name=name,
        state_bucket=_state_bucket(answers, name),
        main_variables=tuple(_main_variables(answers, name)),
        bootstrap_variables=tuple(_bootstrap_variables(answers, name)),
    )


@builds
def build(answers: Answers, _parts: Parts) -> Context:
    """The variables of every environment and the flags that files depend on."""
    engine = _engine(answers)
    tls = Parameter(**engine["tls"])
    version = _engine_version(answers)
    return Context(
        aws_version=pins().version("provider/aws"),
        region=answers.cloud.region,
        namespace=facts.namespace(answers),
        environments=tuple(_environment(answers, name) for name in answers.environments),
        database=_has_database(answers),
        kubernetes=_has_kubernetes(answers),
        kubernetes_database=_has_kubernetes(answers) and _has_database(answers),
        domain=bool(answers.project.domain),
        load_balancer=bool(facts.public(answers)),
        github=answers.ci.system == "github-actions",
        database_engine=answers.data.database,
        database_version=version,
        database_family=f"{engine['family']}{version}",
        database_port=engine["port"],
        database_parameters=(tls, *(Parameter(**one) for one in engine["parameters"])),
        database_tls=tls,
        database_logs=tuple(engine["logs"]),
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Everything that the roots mean for the rest of the repository."""
    yield from _targets()
    yield from _checks()
    yield from _ci_variables(answers)
    yield from _todo(answers)
    yield from _table(answers)
    yield from _areas()
    yield from _decisions(answers)
    yield from _diagram(answers)
    yield from _flows(answers)
    yield from _runbooks(answers)
    yield from _ignored()
    for folder in (MAIN, BOOTSTRAP, "security/iam", "security/network"):
        yield UpdateSource(ecosystem="terraform", directory=f"/{folder}")


def _targets() -> Iterator[Part]:
    script = 'scripts/terraform.sh {root} "$(ENV)" {action}'
    yield MakeTarget(
        name="bootstrap",
        help="Once per environment, by an administrator: state bucket and CI's roles",
        recipe=(script.format(root="bootstrap", action="plan"), script.format(root="bootstrap", action="apply")),
        requires=("ENV",),
        group="infrastructure",
    )
    yield MakeTarget(
        name="plan",
        help="Shows and saves what applying the main root would change",
        recipe=(script.format(root="main", action="plan"),),
        requires=("ENV",),
        group="infrastructure",
    )
    yield MakeTarget(
        name="apply",
        help="Applies the plan that `make plan` saved, and nothing else",
        recipe=(script.format(root="main", action="apply"),),
        requires=("ENV",),
        group="infrastructure",
    )
    yield MakeTarget(
        name="destroy",
        help="Destroys an environment after its name was typed; the database leaves a final snapshot",
        recipe=(script.format(root="main", action="destroy"),),
        requires=("ENV",),
        group="infrastructure",
    )


def _checks() -> Iterator[Part]:
    yield VerifyStep(
        name="terraform format",
        tool="terraform",
        command=f"terraform fmt -check -recursive -diff {MAIN} && terraform fmt -check -recursive -diff security",
        install=INSTALL_TERRAFORM,
        order_=20,
    )


def _ci_variables(answers: Answers) -> Iterator[Part]:
    bootstrap = {
        "AWS_ACCOUNT_ID": "Account of the environment; scripts refuse any other",
        "AWS_REGION": "Region of the environment",
        "PLAN_ROLE_ARN": "Role that plans: reads only",
        "APPLY_ROLE_ARN": "Role that applies an approved plan",
        "DEPLOY_ROLE_ARN": "Role that releases",
        "STATE_BUCKET": "Bucket of the Terraform state",
    }
    for name, purpose in bootstrap.items():
        yield CiVariable(name=name, purpose=purpose, source="bootstrap")
    yield CiVariable(name="PUSH_ROLE_ARN", purpose="Role that pushes images", source="bootstrap", scope="repository")
    main = {"REGISTRY": "Host of the image registry", "REGISTRY_ACCOUNT_ID": "Account of the image registry"}
    if _has_database(answers):
        main |= {
            "DATABASE_HOST": "Host of the database",
            "DATABASE_PORT": "Port of the database",
            "DATABASE_NAME": "Name of the database",
            "DATABASE_SECRET": "ARN of the secret with its user and password",
        }
    for name, purpose in main.items():
        yield CiVariable(name=name, purpose=purpose, source="main")


def _todo(answers: Answers) -> Iterator[Part]:
    for environment in answers.environments:
        yield from _todo_account(answers, environment)
        yield from _todo_secrets(answers, environment)
    yield from _todo_github(answers)
    yield TodoItem(
        id="ALERT_EMAILS",
        severity="recommended",
        file=f"{MAIN}/environments/{answers.production}.tfvars",
        question="Who gets mail about cost and the database?",
        how='alert_emails = ["..."] in each tfvars file; after the apply, each address confirms a mail of AWS',
        acceptance=f"! grep -lE '^alert_emails +=.*\\[\\]' {MAIN}/environments/*.tfvars",
    )
    yield TodoItem(
        id="PROVIDER_LOCK",
        severity="recommended",
        file=f"{MAIN}/.terraform.lock.hcl",
        question="Which provider builds may run? A committed lock file pins their checksums.",
        how=f"terraform -chdir={MAIN} providers lock {PLATFORMS}; the same for {BOOTSTRAP}; commit both files",
        acceptance=f"test -f {MAIN}/.terraform.lock.hcl && test -f {BOOTSTRAP}/.terraform.lock.hcl",
    )
    if answers.project.domain:
        yield TodoItem(
            id="DNS_ZONE",
            severity="recommended",
            file=f"{MAIN}/certificates.tf",
            question=f"Is {answers.project.domain} a public hosted zone of {answers.production}'s account,"
            " delegated by its parent?",
            how=f"aws route53 create-hosted-zone --name {answers.project.domain} --caller-reference first;"
            " then the four name servers that it prints go into the parent zone as an NS record",
            acceptance=f"dig +short NS {answers.project.domain} | grep -q awsdns",
        )


def _todo_account(answers: Answers, environment: str) -> Iterator[Part]:
    if facts.account(answers, environment):
        return
    prefix = _bucket_prefix(answers, environment)
    yield TodoItem(
        id=f"AWS_ACCOUNT_ID_{_id(environment)}",
        severity="blocking",
        file=f"{MAIN}/environments/{environment}.tfvars",
        question=f"Which AWS account is {environment}?",
        how="aws sts get-caller-identity --query Account --output text; write it as"
        f" cloud.accounts.{environment} into agency-scaffold.yml and run agency-scaffold update",
    )
    yield TodoItem(
        id=f"STATE_BUCKET_{_id(environment)}",
        severity="blocking",
        file=f"{MAIN}/environments/{environment}.backend.hcl",
        question=f"Which bucket keeps the Terraform state of {environment}?",
        how=f"{prefix}-state-<account id>; written by agency-scaffold update once"
        f" cloud.accounts.{environment} stands in agency-scaffold.yml",
    )


def _todo_secrets(answers: Answers, environment: str) -> Iterator[Part]:
    names = {facts.secret_id(answers, environment, s): s.secrets for s in _with_secrets(answers)}
    names[f"{facts.project(answers)}/{environment}/alertmanager"] = tuple(_alertmanager_keys(answers))
    for secret, keys in names.items():
        if not keys:
            continue
        values = ", ".join(f'"{key}": "..."' for key in keys)
        yield TodoItem(
            id=f"SECRET_{_id(environment)}_{_id(secret.rsplit('/', 1)[1])}",
            severity="recommended",
            file=f"{MAIN}/secrets.tf",
            question=f"What are the values of secret {secret} ({', '.join(keys)})?",
            how=f"after the apply, write {{{values}}} to values.json outside the repository, then"
            f" aws secretsmanager put-secret-value --secret-id {secret} --secret-string file://values.json;"
            " delete the file",
            acceptance=f"aws secretsmanager describe-secret --secret-id {secret} --query VersionIdsToStages"
            " --output text | grep -q AWSCURRENT",
        )


def _alertmanager_keys(answers: Answers) -> Iterator[str]:
    if answers.monitoring.backend != "prometheus":
        return
    keys = {"slack": "slack-webhook-url", "pagerduty": "pagerduty-routing-key", "email": "smtp-password"}
    for channel in answers.monitoring.channels:
        yield keys[channel]


def _todo_github(answers: Answers) -> Iterator[Part]:
    if answers.ci.system != "github-actions":
        return
    repository = answers.project.repository or "OWNER/NAME"
    if not answers.project.repository:
        yield TodoItem(
            id="GITHUB_REPOSITORY",
            severity="blocking",
            file=f"{BOOTSTRAP}/environments/{answers.production}.tfvars",
            question="Which GitHub repository may use CI's roles?",
            how="write it as project.repository (OWNER/NAME) into agency-scaffold.yml and run agency-scaffold update",
        )
    yield TodoItem(
        id="GITHUB_IDS",
        severity="recommended",
        file=f"{BOOTSTRAP}/environments/{answers.production}.tfvars",
        question="What are the numeric ids of the repository and its owner? Repositories made, renamed or moved since"
        " 15 July 2026 have them in their tokens, and without them AWS refuses CI.",
        how=f"gh api repos/{repository} --jq '\"github_owner_id = \\(.owner.id), github_repository_id = \\(.id)\"';"
        f" write both, quoted, into each {BOOTSTRAP}/environments/*.tfvars, then make bootstrap",
        acceptance=f"! grep -lE '^github_(owner|repository)_id += \"\"' {BOOTSTRAP}/environments/*.tfvars",
    )


def _table(answers: Answers) -> Iterator[Part]:
    names = answers.environments
    production = [name == answers.production for name in names]
    sizes = [_sizes(answers, name) for name in names]
    yield SizeRow(what="NAT gateways", values=tuple("3, one per zone" if p else "1" for p in production))
    yield SizeRow(
        what="Interface endpoints", values=tuple(", ".join(size["interface_endpoints"]) or "none" for size in sizes)
    )
    yield SizeRow(what="Log retention", values=tuple("365 days" if p else "30 days" for p in production))
    yield SizeRow(what="Monthly budget", values=tuple(f"{answers.cost.monthly_budget_usd} USD" for _ in names))
    if _has_database(answers):
        yield SizeRow(what="Database", values=tuple(size["database_instance_class"] for size in sizes))
        yield SizeRow(
            what="Database storage",
            values=tuple(f"{s['database_storage_gb']} GB, grows to {s['database_max_storage_gb']} GB" for s in sizes),
        )
        yield SizeRow(what="Database copies", values=tuple("2, in two zones" if p else "1" for p in production))
        yield SizeRow(what="Database backups", values=tuple(f"{answers.backup.retention_days} days" for _ in names))


def _areas() -> Iterator[Part]:
    yield Area(
        path=MAIN,
        purpose="Network, database, registry, secrets, budget of an environment",
        rule="Changes reach AWS only as a saved plan that was looked at: make plan, then make apply."
        " terraform test must pass.",
    )
    yield Area(
        path=BOOTSTRAP,
        purpose="State bucket, CI's roles and their boundary",
        rule="Applied by an administrator, never by CI: it is what limits CI.",
    )
    yield Area(
        path="security/iam",
        purpose="Roles and policies of services",
        rule="No action and resource that are both *; every role has the boundary and its conditions.",
    )
    yield Area(
        path="security/network",
        purpose="Security groups and network ACLs",
        rule="The database is reached from private subnets only.",
    )


def _decisions(answers: Answers) -> Iterator[Part]:
    yield Decision(
        topic="Cloud resources",
        choice="Terraform, a root per life span: bootstrap, main, platform; a state per root and environment",
        why="A mistake in one environment or layer cannot reach another, and CI cannot change what limits it",
        costs="Three applies for a new environment instead of one",
        instead="One root with workspaces: one wrong selection applies to production",
    )
    yield Decision(
        topic="State",
        choice="S3 with its own locking, versioned, encrypted by a key of its own",
        why="No table beside it; every version can be restored",
        instead="A DynamoDB lock table, which Terraform has deprecated",
    )
    yield Decision(
        topic="Access of CI",
        choice="Short tokens by OpenID Connect, a role per duty (plan, apply, deploy, push), a permissions boundary",
        why="No key to steal or to rotate; a job gets what its environment and duty need, and no role can widen itself",
        costs="A new kind of resource needs its actions in bootstrap's policies first",
        instead="Access keys as secrets; one administrator role for everything",
    )
    if _has_database(answers):
        yield Decision(
            topic="Database",
            choice=f"RDS for {_engine(answers)['title']} {_engine_version(answers)}, two zones in production,"
            " password kept and rotated by AWS",
            why="Failover, backups and patches are the provider's work; the password is in no file and no state",
            costs="Outside production a failed zone means a restore",
            instead="Aurora: faster failover, higher base cost; a database in the cluster: its backups are yours",
        )


def _diagram(answers: Answers) -> Iterator[Part]:
    yield DiagramNode(id="registry", label="Image registry (production's account)", group="operations")
    yield DiagramNode(id="secrets", label="Secrets Manager", group="operations")
    yield DiagramNode(id="state", label="Terraform state", group="ci", shape="database")
    yield DiagramNode(id="nat", label="NAT gateways", group="edge")
    yield DiagramEdge(source="ci-build", target="registry", label="push")
    yield DiagramEdge(source="ci-infrastructure", target="state", label="plan, apply")
    if _has_database(answers):
        yield DiagramNode(id="database", label=f"{_engine(answers)['title']} (RDS)", group="data", shape="database")
        for service in facts.long_running(answers):
            if service.language != "static":
                yield DiagramEdge(source=f"service-{service.name}", target="database", label="TLS")


def _flows(answers: Answers) -> Iterator[Part]:
    yield Flow(
        source="private subnets",
        target="internet",
        port="443/tcp",
        why="Images of others, AWS services without endpoint, third parties",
        enforced_by="NAT gateway; nothing can come in through it",
    )
    yield Flow(
        source="network",
        target="interface endpoints",
        port="443/tcp",
        why="AWS services without leaving the network (production)",
        enforced_by="security group endpoints",
    )
    if _has_database(answers):
        yield Flow(
            source="private subnets",
            target="database subnets",
            port=f"{_engine(answers)['port']}/tcp",
            why="Services read and write data, by TLS only",
            enforced_by="security group database, network ACL database, parameter group",
        )


def _runbooks(answers: Answers) -> Iterator[Part]:
    yield Runbook(
        book="disaster-recovery",
        title="A Terraform state is lost or damaged",
        position=60,
        text="Every version of the state is kept for a year. Stop all applies first: one of them made the damage,"
        " or would make it worse.",
        steps=(
            ("Sign in as administrator of the environment's account.", "aws sts get-caller-identity"),
            (
                "List the versions, the newest first, and choose the one before the damage.",
                "aws s3api list-object-versions --bucket BUCKET --prefix main.tfstate"
                " --query 'Versions[].[LastModified,VersionId,Size]' --output text",
            ),
            (
                "Put it back as the newest version.",
                "aws s3api copy-object --bucket BUCKET --key main.tfstate"
                " --copy-source 'BUCKET/main.tfstate?versionId=VERSION'",
            ),
            ("The plan says what happened since; it must not create what exists.", "make plan ENV=ENVIRONMENT"),
        ),
    )
    if _has_database(answers):
        yield from _database_runbooks(answers)


def _database_runbooks(answers: Answers) -> Iterator[Part]:
    name = facts.stack(answers, answers.production)
    restored = f"{name}-restored"
    yield Runbook(
        book="disaster-recovery",
        title="Restore the database to a moment",
        position=50,
        text=f"Recovery point: 5 minutes, back to {answers.backup.retention_days} days. Recovery time: 20 to 60"
        f" minutes, by size. The commands are for {answers.production}; elsewhere the name is the project's and the"
        " environment's. The damaged database stays until the restored one is proved.",
        steps=(
            ("Freeze releases, so that nobody deploys against a database that is about to move.", ""),
            (
                "See how far back and how near to now a restore reaches.",
                f"aws rds describe-db-instance-automated-backups --db-instance-identifier {name}"
                " --query 'DBInstanceAutomatedBackups[].RestoreWindow'",
            ),
            (
                "Restore beside the damaged one, to the last good second (UTC).",
                f"aws rds restore-db-instance-to-point-in-time --source-db-instance-identifier {name}"
                f" --target-db-instance-identifier {restored} --restore-time 2026-01-31T12:34:56Z"
                f" --db-subnet-group-name {name} --vpc-security-group-ids"
                f' "$(aws rds describe-db-instances --db-instance-identifier {name}'
                " --query 'DBInstances[0].VpcSecurityGroups[0].VpcSecurityGroupId' --output text)\""
                f' --db-parameter-group-name "$(aws rds describe-db-instances --db-instance-identifier {name}'
                " --query 'DBInstances[0].DBParameterGroups[0].DBParameterGroupName' --output text)\""
                " --multi-az --no-publicly-accessible --deletion-protection --copy-tags-to-snapshot",
            ),
            ("Wait until it is there.", f"aws rds wait db-instance-available --db-instance-identifier {restored}"),
            ("Look at the data that mattered, from a pod in the cluster, before anything is switched.", ""),
            (
                "Scale the services that write to 0, then give the damaged database another name.",
                f"aws rds modify-db-instance --db-instance-identifier {name}"
                f" --new-db-instance-identifier {name}-damaged --apply-immediately",
            ),
            (
                "Give the restored one its name: host, alarms and Terraform know it by that.",
                f"aws rds modify-db-instance --db-instance-identifier {restored}"
                f" --new-db-instance-identifier {name} --apply-immediately",
            ),
            (
                "Let AWS keep its password again; a restored database has the old one and no secret.",
                f"aws rds modify-db-instance --db-instance-identifier {name} --manage-master-user-password"
                f" --master-user-secret-kms-key-id alias/{name} --apply-immediately",
            ),
            (
                "Make Terraform look at the restored one: the resource id changed.",
                f"TF_DATA_DIR=.terraform/env-{answers.production} terraform -chdir={MAIN} state rm aws_db_instance.main"
                f" && TF_DATA_DIR=.terraform/env-{answers.production} terraform -chdir={MAIN} import"
                f" -var-file=environments/{answers.production}.tfvars aws_db_instance.main {name}",
            ),
            (
                "Read the plan: it may change rotation and roles, never replace the database.",
                f"make plan ENV={answers.production}",
            ),
            (
                "Apply it, set the CI variables anew (the secret's ARN changed) and deploy.",
                f"make apply ENV={answers.production}",
            ),
            (
                "A week later, remove the damaged one.",
                f"aws rds modify-db-instance --db-instance-identifier {name}-damaged --no-deletion-protection"
                " --apply-immediately"
                f" && aws rds delete-db-instance --db-instance-identifier {name}-damaged"
                f" --final-db-snapshot-identifier {name}-damaged",
            ),
        ),
    )
    yield Runbook(
        book="scaling",
        title="Scale the database",
        position=60,
        text="Storage grows by itself up to database_max_storage_gb. CPU, memory and connections grow with the instance"
        " class; with two zones the change costs a failover of one to two minutes, with one zone 5 to 15 minutes of"
        " downtime.",
        steps=(
            (
                "See what is short: CPU, memory, connections or storage.",
                f"aws cloudwatch get-metric-statistics --namespace AWS/RDS --metric-name CPUUtilization"
                f" --dimensions Name=DBInstanceIdentifier,Value={name} --statistics Maximum --period 3600"
                ' --start-time "$(date -u -d \'-1 day\' +%FT%TZ)" --end-time "$(date -u +%FT%TZ)"',
            ),
            (
                "Set the next larger database_instance_class; the change is made in the maintenance window.",
                f"$EDITOR {MAIN}/environments/{answers.production}.tfvars",
            ),
            ("The plan must say update in place.", f"make plan ENV={answers.production}"),
            ("Apply it.", f"make apply ENV={answers.production}"),
            (
                "If it cannot wait for the window, make the change now.",
                f"aws rds modify-db-instance --db-instance-identifier {name} --db-instance-class CLASS"
                " --apply-immediately",
            ),
            ("Wait until it is done.", f"aws rds wait db-instance-available --db-instance-identifier {name}"),
        ),
    )


def _ignored() -> Iterator[Part]:
    yield Ignored(pattern=".terraform/", reason="Terraform's working folder")
    yield Ignored(pattern="*.tfstate", reason="State belongs into its bucket")
    yield Ignored(pattern="*.tfstate.*", reason="State belongs into its bucket")
    yield Ignored(pattern="*.tfplan", reason="A saved plan may hold values that are nobody's business")
    yield Ignored(pattern="backend_override.tf", reason="Written while bootstrap has no bucket yet")
