"""The contract: every key that a user can answer, with its type, choices, default and help.

The dotted names of these fields are the same in `agency-scaffold.yml`, in `--set`, in the
JSON Schema, in the questionnaire and in error messages; all of those are made from this file.
A default that depends on other answers stands in `usual.py` under the key's dotted name.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Kind = Literal["web", "worker", "job", "static", "model"]
Language = Literal["python", "node", "go", "java", "dotnet", "ruby", "rust", "static", "other"]
PackageManager = Literal[
    "uv", "poetry", "pip", "npm", "pnpm", "yarn", "gomod", "maven", "gradle", "nuget", "bundler", "cargo", "none",
]  # fmt: skip
Metrics = Literal["prometheus", "otel", "micrometer", "none"]
Size = Literal["small", "medium", "large"]
Provider = Literal["aws", "gcp", "azure"]
Platform = Literal["kubernetes", "ecs", "cloud-run", "container-apps", "vm"]
Architecture = Literal["amd64", "arm64"]
Delivery = Literal["native", "argo-rollouts", "flagger"]
Mesh = Literal["none", "istio", "linkerd"]
Strategy = Literal["rolling", "blue-green", "canary"]
CiSystem = Literal["github-actions", "gitlab-ci", "jenkins"]
IacTool = Literal["terraform", "cloudformation", "cdk", "pulumi"]
Database = Literal["none", "postgres", "mysql"]
Cache = Literal["none", "redis"]
Backend = Literal["prometheus", "datadog", "cloud-native"]
Channel = Literal["slack", "pagerduty", "email"]
Logs = Literal["cloud", "loki", "datadog", "none"]
Tracing = Literal["none", "otel"]
SecretStore = Literal["cloud", "vault"]
Scanner = Literal["trivy", "codeql", "gitleaks", "zap"]
Policy = Literal["none", "kyverno", "conftest"]
Compliance = Literal["none", "cis"]

DNS_LABEL = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
NAME_63 = Meta(pattern=DNS_LABEL, min_length=1, max_length=63)
NAME_30 = Meta(pattern=DNS_LABEL, min_length=1, max_length=30)
# One printable line, so that it can stand in a comment of every format.
LINE = Meta(pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*$", max_length=200)
COMMAND = Meta(pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*$", max_length=1000)
VARIABLE = Meta(pattern=r"^[A-Z_][A-Z0-9_]*$", max_length=100)


def about(text: str, *, applies: dict[str, tuple[object, ...]] | None = None) -> Meta:
    """Help for a key; `applies` names the answers without which the key has no effect."""
    return Meta(description=text, extra={"applies": applies or {}})


class Project(Struct, frozen=True, kw_only=True):
    """Project"""

    name: Annotated[str, NAME_63, about("DNS label, up to 63 characters; names derive from it")]
    description: Annotated[str, LINE, about("One line on what the project is")] = ""
    owner: Annotated[str, LINE, about("Owning team: a GitHub team or user (@org/team), or text")] = ""
    repository: Annotated[
        str,
        Meta(pattern=r"^([A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100})?$", max_length=140),
        about("Repository as org/name; CI identities are bound to it"),
    ] = ""
    domain: Annotated[
        str,
        Meta(
            pattern=r"^(([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z][-a-z0-9]{0,61}[a-z0-9])?$",
            max_length=200,
        ),
        about("DNS zone you own, where hosts are made (shop.example.org)"),
    ] = ""


class Commands(Struct, frozen=True, kw_only=True):
    """Shell commands of a service, run in its path; empty = there is none"""

    lint: Annotated[str, COMMAND, about("Lint, run by CI")]
    unit: Annotated[str, COMMAND, about("Unit tests, run by CI; reports go to reports/")]
    integration: Annotated[str, COMMAND, about("Integration tests, run by CI")]
    e2e: Annotated[str, COMMAND, about("End-to-end tests, run by CI")]
    build: Annotated[str, COMMAND, about("Build step inside the image")]
    migrate: Annotated[str, COMMAND, about("Database migration before a release")]
    seed: Annotated[
        str,
        COMMAND,
        about(
            "Sample data, once into the new database of a preview",
            applies={"previews.enabled": (True,), "data.database": ("postgres", "mysql")},
        ),
    ]


class Service(Struct, frozen=True, kw_only=True):
    """Services"""

    name: Annotated[str, NAME_30, about("DNS label, up to 30 characters, unique")]
    kind: Annotated[Kind, about("web answers requests, worker does not, job runs on a schedule")] = "web"
    language: Annotated[Language, about("Decides image, package manager and commands")] = "python"
    version: Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+){0,2}$", max_length=20), about("Runtime version, quoted")]
    package_manager: Annotated[PackageManager, about("Whose lock file the image installs from")]
    path: Annotated[
        str,
        Meta(pattern=r"^(\.|[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*)$", max_length=100),
        about("Folder of the service, from the repository root"),
    ]
    port: Annotated[int, Meta(ge=1024, le=65535), about("Port the process listens on (health, metrics, requests)")] = (
        8080
    )
    host: Annotated[str, NAME_30, about("Host label below the domain", applies={"public": (True,)})]
    public: Annotated[bool, about("Reachable from the internet")]
    health_path: Annotated[
        str, Meta(pattern=r"^/[A-Za-z0-9._~/-]*$", max_length=200), about("Answers 200 while healthy")
    ] = "/healthz"
    metrics_path: Annotated[
        str,
        Meta(pattern=r"^/[A-Za-z0-9._~/-]*$", max_length=200),
        about("Where metrics are scraped", applies={"metrics": ("prometheus", "otel", "micrometer")}),
    ] = "/metrics"
    metrics: Annotated[Metrics, about("Metric names the service exposes")]
    commands: Annotated[Commands, about("Empty = there is none")]
    env: Annotated[
        dict[Annotated[str, VARIABLE], Annotated[str, COMMAND]],
        about("Plain environment variables: NAME: value"),
    ] = {}
    secrets: Annotated[
        tuple[Annotated[str, VARIABLE], ...], about("Names of secret variables; values never stand here")
    ] = ()
    schedule: Annotated[
        str,
        Meta(pattern=r"^([0-9*/,A-Za-z-]+( [0-9*/,A-Za-z-]+){4})?$", max_length=60),
        about("Cron line in UTC", applies={"kind": ("job",)}),
    ] = ""
    size: Annotated[Size, about("CPU and memory of one replica")] = "small"
    gpu: Annotated[
        str,
        Meta(pattern=r"^[a-z][a-z0-9-]*$", max_length=30),
        about("none, or an accelerator such as nvidia-l4", applies={"kind": ("model",)}),
    ] = "none"


class Cloud(Struct, frozen=True, kw_only=True):
    """Cloud"""

    provider: Annotated[Provider, about("Where it runs")] = "aws"
    region: Annotated[str, about("Main region, with three zones")]
    secondary_region: Annotated[str, about("Second region for copies of backups, or none")] = "none"
    accounts: Annotated[
        dict[str, Annotated[str, LINE]], about("Account, project or subscription id by environment")
    ] = {}


class Orchestration(Struct, frozen=True, kw_only=True):
    """Orchestration"""

    platform: Annotated[Platform, about("What runs the containers")] = "kubernetes"
    architecture: Annotated[Architecture, about("Processors that images are built for and run on")] = "amd64"
    delivery: Annotated[
        Delivery, about("Who carries out a release", applies={"orchestration.platform": ("kubernetes",)})
    ] = "native"
    mesh: Annotated[Mesh, about("Service mesh", applies={"orchestration.platform": ("kubernetes",)})] = "none"
    kubernetes_version: Annotated[
        str,
        about("Minor version of the cluster, quoted", applies={"orchestration.platform": ("kubernetes",)}),
    ]


class Deployment(Struct, frozen=True, kw_only=True):
    """Deployment"""

    strategy: Annotated[Strategy, about("How a new version replaces the old one")] = "rolling"
    canary_steps: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=100)], ...],
        about("Percent of traffic per step, rising to 100", applies={"deployment.strategy": ("canary",)}),
    ] = (10, 25, 50, 100)
    canary_minutes: Annotated[
        int,
        Meta(ge=1, le=1440),
        about("Minutes over all canary steps", applies={"deployment.strategy": ("canary",)}),
    ] = 30
    bake_minutes: Annotated[int, Meta(ge=1, le=60), about("Minutes a new version is watched before it is kept")] = 10
    max_error_rate: Annotated[float, Meta(gt=0, lt=1), about("Error ratio above which a release is undone")] = 0.05
    max_p95_ms: Annotated[int, Meta(ge=1, le=60000), about("p95 in ms above which a release is undone")] = 500


class Previews(Struct, frozen=True, kw_only=True):
    """Preview environments"""

    enabled: Annotated[bool, about("An environment for each pull request with the label preview")]
    ttl_days: Annotated[
        int,
        Meta(ge=1, le=30),
        about("Days after its last deployment until a preview is removed", applies={"previews.enabled": (True,)}),
    ] = 7


class Ci(Struct, frozen=True, kw_only=True):
    """CI"""

    system: Annotated[CiSystem, about("Where pipelines run")] = "github-actions"


class Iac(Struct, frozen=True, kw_only=True):
    """Infrastructure as code"""

    tool: Annotated[IacTool, about("What describes the cloud resources")] = "terraform"


class Data(Struct, frozen=True, kw_only=True):
    """Data stores"""

    database: Annotated[Database, about("Managed relational database")] = "none"
    cache: Annotated[Cache, about("Managed cache")] = "none"
    object_storage: Annotated[bool, about("Bucket for the application's files")] = False
    cdn: Annotated[bool, about("Content delivery network before static files")] = False


class Monitoring(Struct, frozen=True, kw_only=True):
    """Monitoring"""

    backend: Annotated[Backend, about("Where metrics and alerts live")] = "prometheus"
    dashboards: Annotated[bool, about("Dashboards for services, infrastructure, database")] = True
    channels: Annotated[tuple[Channel, ...], Meta(min_length=1), about("Who is told: warnings, pages, mail")] = (
        "slack",
        "pagerduty",
        "email",
    )
    logs: Annotated[Logs, about("Where logs go")] = "cloud"
    tracing: Annotated[Tracing, about("Distributed tracing")] = "none"


class Slo(Struct, frozen=True, kw_only=True):
    """Service level objectives"""

    availability: Annotated[float, Meta(ge=90, lt=100), about("Percent of good requests in 30 days")] = 99.9
    latency_p95_ms: Annotated[int, Meta(ge=1, le=60000), about("p95 in ms that users should see")] = 500


class Scaling(Struct, frozen=True, kw_only=True):
    """Scaling in production"""

    min: Annotated[int, Meta(ge=1, le=100), about("Fewest replicas of a service")] = 2
    max: Annotated[int, Meta(ge=1, le=1000), about("Most replicas of a service")] = 10
    cpu_percent: Annotated[int, Meta(ge=10, le=95), about("CPU use that is aimed at")] = 70
    memory_percent: Annotated[int, Meta(ge=10, le=95), about("Memory use that is aimed at")] = 80


class Security(Struct, frozen=True, kw_only=True):
    """Security"""

    secrets: Annotated[SecretStore, about("Where secret values live")] = "cloud"
    rotation_days: Annotated[
        int,
        Meta(ge=1, le=365),
        about(
            "Days between rotations of the database password",
            applies={"data.database": ("postgres", "mysql")},
        ),
    ] = 30
    scanners: Annotated[tuple[Scanner, ...], about("Scanners that gate a merge and a release")] = (
        "trivy",
        "codeql",
        "gitleaks",
        "zap",
    )
    policy: Annotated[Policy, about("Policy as code")] = "none"
    compliance: Annotated[Compliance, about("Compliance mapping")] = "none"


class Cost(Struct, frozen=True, kw_only=True):
    """Cost"""

    monthly_budget_usd: Annotated[
        int, Meta(ge=1, le=10_000_000), about("Budget of each environment; alerts at 80 and 100 %")
    ] = 500
    infracost: Annotated[bool, about("Cost estimate on pull requests")] = False


class Backup(Struct, frozen=True, kw_only=True):
    """Backup"""

    retention_days: Annotated[
        int,
        Meta(ge=1, le=35),
        about("Days that database backups are kept", applies={"data.database": ("postgres", "mysql")}),
    ] = 30
    cross_region: Annotated[
        bool, about("Copy backups to the second region", applies={"data.database": ("postgres", "mysql")})
    ] = False


class Answers(Struct, frozen=True, kw_only=True):
    """Everything that the user chose, complete and valid."""

    version: Annotated[Literal[1], about("Version of this file's format")] = 1
    project: Project
    services: Annotated[tuple[Service, ...], Meta(min_length=1, max_length=30), about("What is built and run")]
    cloud: Cloud
    orchestration: Orchestration
    deployment: Deployment
    environments: Annotated[
        tuple[Annotated[str, Meta(pattern=DNS_LABEL, max_length=20)], ...],
        Meta(min_length=1, max_length=8),
        about("In promotion order; the last is production"),
    ] = ("dev", "staging", "prod")
    previews: Previews
    ci: Ci
    iac: Iac
    data: Data
    monitoring: Monitoring
    slo: Slo
    scaling: Scaling
    security: Security
    cost: Cost
    backup: Backup

    @property
    def production(self) -> str:
        """The environment that users live in: the last."""
        return self.environments[-1]
