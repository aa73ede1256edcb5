"""GitHub Actions: the views that the workflows print, and what the component adds to other files.

Tables, the repository's settings and prose stand in the YAML files beside it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from generator import facts
from generator.component import Answers, Part, Parts, Service, builds, contributes, fill, load_parts, load_yaml, pins
from generator.formats import to_json
from generator.parts import CiVariable, ScanException, UpdateSource, VerifyStep

TABLES: Final[Mapping[str, Any]] = load_yaml(__file__, "tables.yml")
TODO_STEP: Final = "to-do list"
"""The check of `make verify` that waits for a person; it must not keep a pull request from being merged."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Environment:
    """An environment as the workflows walk through it."""

    name: str
    suffix: str
    previous: str
    needs: tuple[str, ...]
    apply_needs: tuple[str, ...]
    url: str


@dataclass(frozen=True)
class Context:
    """What the templates of `github-actions` print."""

    project: str
    actions: dict[str, str]
    versions: dict[str, str]
    zap_image: str
    cloud: Mapping[str, str]
    aws: bool
    terraform: bool
    slack: bool
    walks: bool
    single: bool
    trivy: bool
    exceptions: bool
    scan_exceptions: tuple[Row, ...]
    zap: bool
    environments: tuple[Environment, ...]
    earlier: tuple[Environment, ...]
    last: tuple[Environment, ...]
    production: Environment
    rollback_environment: str
    environment_names: tuple[str, ...]
    staging_needs: tuple[str, ...]
    staging_results: str
    candidate_workflows: str
    release_variables: tuple[str, ...]
    release_minutes: int
    release_seconds: int
    uses: dict[str, bool]
    checks: tuple[Row, ...]
    integration: tuple[Row, ...]
    e2e: tuple[Row, ...]
    live_e2e: tuple[Row, ...]
    images: tuple[Row, ...]
    images_json: str
    services_json: str
    service_names: tuple[str, ...]
    image_prefix: str
    database: Row
    ci_needs: tuple[str, ...]
    terraform_roots: tuple[str, ...]
    tool_lines: tuple[str, ...]
    verify_steps: tuple[str, ...]
    scan_schedule: str
    codeql_languages: tuple[Row, ...]
    codeql_unknown: str
    codeql_go_version: str
    zap_hosts: tuple[str, ...]
    zap_notice: str
    security_needs: tuple[str, ...]
    infrastructure_paths: tuple[str, ...]
    comment_share: int
    infrastructure_needs: tuple[str, ...]
    updates: tuple[Row, ...]
    settings_json: str


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """Every derived value of the workflows."""
    scanners, names = _scanners(answers), answers.environments
    environments = _environments(answers)
    steps = tuple(s for s in parts.of(VerifyStep) if s.name != TODO_STEP)
    images = tuple({"service": s.name, "path": s.path} for s in answers.services)
    terraform, roots = answers.iac.tool == "terraform", TABLES["terraform_roots"]
    checks, integration, e2e = (_rows(answers, *kinds) for kinds in (("lint", "unit"), ("integration",), ("e2e",)))
    ci = {
        "checks": checks,
        "integration": integration,
        "e2e": e2e,
        "verify": True,
        "terraform": terraform,
        "image": True,
    }
    return Context(
        project=answers.project.name,
        actions=_actions(),
        versions={n: pins().version(n) for n in TABLES["versions"]} | {"go": pins().runtime("go")},
        zap_image=pins().image("ghcr.io/zaproxy/zaproxy"),
        cloud=_cloud(answers),
        aws=answers.cloud.provider == "aws",
        terraform=terraform,
        slack="slack" in answers.monitoring.channels,
        walks=len(names) > 1,
        single=len(names) == 1,
        trivy="trivy" in scanners,
        exceptions="exceptions" in scanners,
        scan_exceptions=tuple(
            {"id": e.id, "path": e.path, "statement": f"design: {e.reason}"} for e in parts.of(ScanException)
        ),
        zap="zap" in scanners,
        environments=environments,
        earlier=environments[:-1],
        last=environments[-1:],
        production=environments[-1],
        rollback_environment=facts.rollback_environment(answers),
        environment_names=names,
        staging_needs=("build", *(f"deploy-{name}" for name in names[:-1])),
        staging_results="".join(f", {name} ${{{{ needs.deploy-{name}.result }}}}" for name in names[:-1]),
        candidate_workflows="ci.yml " + ("deploy-staging.yml" if len(names) > 1 else "build.yml"),
        release_variables=_release_variables(answers, parts),
        release_minutes=_release_minutes(answers),
        release_seconds=_release_minutes(answers) * 60,
        uses=_uses(answers, {s.tool for s in steps}),
        checks=checks,
        integration=integration,
        e2e=e2e,
        live_e2e=_live_rows(answers),
        images=images,
        images_json=to_json(images),
        services_json=to_json([s.name for s in answers.services]),
        service_names=tuple(s.name for s in answers.services),
        image_prefix=facts.project(answers),
        database=_database(answers),
        ci_needs=tuple(job for job, there in ci.items() if there),
        terraform_roots=tuple(roots.get(answers.orchestration.platform, roots["other"])),
        tool_lines=_tool_lines({s.tool for s in steps}),
        verify_steps=tuple(s.name for s in steps),
        scan_schedule=_scan_schedule(answers),
        codeql_languages=_codeql(answers),
        codeql_unknown=", ".join(s.name for s in answers.services if s.language not in TABLES["codeql"]),
        codeql_go_version=max((s.version for s in answers.services if s.language == "go"), default=""),
        zap_hosts=_zap_hosts(answers),
        zap_notice=_zap_notice(answers),
        security_needs=tuple(j for s, made in TABLES["scanner_jobs"].items() if s in scanners for j in made),
        infrastructure_paths=tuple(TABLES["infrastructure_paths"]),
        # A comment holds 65,536 characters; the rest is for headings.
        comment_share=60_000 // len(names),
        infrastructure_needs=_infrastructure_needs(answers),
        updates=_updates(answers, parts),
        settings_json=to_json(_settings(answers), 2),
    )


def _scanners(answers: Answers) -> set[str]:
    """The scanners of the answers, and what decides about the jobs that they share."""
    chosen = set(answers.security.scanners)
    return chosen | {"always"} | ({"exceptions"} if chosen & set(TABLES["exception_files"]) else set())


def _cloud(answers: Answers) -> Mapping[str, str]:
    clouds: Mapping[str, Mapping[str, str]] = TABLES["cloud"]
    return clouds.get(answers.cloud.provider, clouds["aws"])


def _actions() -> dict[str, str]:
    """`uses` of each action, under a short name; those of CodeQL are paths inside one repository."""
    codeql, version = pins().action("github/codeql-action").split("@")
    actions = {short: pins().action(name) for short, name in TABLES["actions"].items()}
    return actions | {"codeql": codeql, "codeql_version": f"@{version}"}


def _environments(answers: Answers) -> tuple[Environment, ...]:
    names = answers.environments
    # Where an environment can be looked at: its first public host; nowhere without a domain.
    public = facts.public(answers)[:1] if answers.project.domain else ()
    return tuple(
        Environment(
            name=name,
            suffix=name.upper().replace("-", "_"),
            previous=before,
            needs=("build", f"deploy-{before}") if before else ("build",),
            apply_needs=(f"apply-{before}",) if before else (),
            url="".join(f"https://{facts.host(answers, s, name)}" for s in public),
        )
        for before, name in zip(("", *names[:-1]), names, strict=True)
    )


def _infrastructure_needs(answers: Answers) -> tuple[str, ...]:
    """The jobs that apply, in their order."""
    *earlier, last = answers.environments
    platform = (f"platform-{last}",) if answers.orchestration.platform == "kubernetes" else ()
    return (*(f"apply-{name}" for name in earlier), f"plan-{last}", f"apply-{last}", *platform)


def _row(service: Service, **more: str) -> Row:
    runtime = {"manager": service.package_manager, "version": service.version}
    return {"service": service.name, "path": service.path} | runtime | more


def _rows(answers: Answers, *kinds: str) -> tuple[Row, ...]:
    """One row of a matrix for each service and kind of test that it has a command for."""
    return tuple(
        _row(s, kind=kind, command=getattr(s.commands, kind), port=str(s.port), migrate=s.commands.migrate)
        for s in answers.services
        for kind in kinds
        if getattr(s.commands, kind)
    )


def _live_rows(answers: Answers) -> tuple[Row, ...]:
    """The services whose end-to-end tests can reach a released host before production."""
    there = answers.project.domain and len(answers.environments) > 1
    services = [s for s in facts.public(answers) if s.commands.e2e and there]
    return tuple(_row(s, command=s.commands.e2e, host=facts.host(answers, s, answers.production)) for s in services)


def _uses(answers: Answers, tools: set[str]) -> dict[str, bool]:
    """Which package managers, runtimes, scanners, platforms and tools of checks occur."""
    managers = {s.package_manager for s in answers.services}
    there = {*managers, *answers.security.scanners, answers.orchestration.platform, *tools}
    shared = {name: bool(managers & set(some)) for name, some in TABLES["runtimes"].items()}
    return {name: name in there for name in TABLES["uses"]} | shared


def _database(answers: Answers) -> Row:
    """The database that integration tests get; empty without one."""
    kind = answers.data.database
    return {"image": pins().image(kind), **TABLES["databases"][kind]} if kind != "none" else {}


def _tool_lines(tools: set[str]) -> tuple[str, ...]:
    """Shell that installs the tools of `make verify`, each in the pinned version."""
    lines: list[str] = []
    for tool, row in TABLES["installs"].items():
        if tool in tools:
            pin = pins().image if "/" in row["pin"] else pins().version
            lines += fill(row["lines"], {"TOOL": tool, "PIN": pin(row["pin"])})
    # A tool that nobody can install makes `verify --require` fail with its name: said by the run, not hidden here.
    unknown = tools.difference(TABLES["installs"], TABLES["runner_tools"], TABLES["action_tools"])
    return (*lines, *(f"# Not known how to install: {tool}" for tool in sorted(unknown)))


def _scan_schedule(answers: Answers) -> str:
    """Weekly, in the night to Monday; hour and minute differ by project, so that not all start at once."""
    spread = zlib.crc32(answers.project.name.encode())
    return f"{7 + spread % 50} {1 + spread // 50 % 5} * * 1"


def _codeql(answers: Answers) -> tuple[Row, ...]:
    """The languages of the services, and that of the workflows themselves."""
    found = {row["language"]: row for s in answers.services if (row := TABLES["codeql"].get(s.language))}
    return ({"language": "actions", "build": "none"}, *(found[name] for name in sorted(found)))


def _zap_hosts(answers: Answers) -> tuple[str, ...]:
    """The public hosts of the environment before production, if there is one."""
    before = answers.environments[-2:-1] if answers.project.domain else ()
    return tuple(facts.host(answers, s, name) for name in before for s in facts.public(answers))


def _zap_notice(answers: Answers) -> str:
    """Why nothing is scanned, where there is no host."""
    if len(answers.environments) == 1:
        return "There is no environment before production, and production is not scanned"
    if not facts.public(answers):
        return "No service is public, so there is no host to scan"
    return "The answers name no domain (project.domain), so there is no host to scan"


def _release_variables(answers: Answers, parts: Parts) -> tuple[str, ...]:
    """The CI variables that scripts read in a release: all of the environment but the roles and the state."""
    found = {v.name for v in parts.of(CiVariable) if v.source != "user" and not v.secret}
    database = TABLES["database_variables"] if answers.data.database != "none" else ()
    wanted = found.union(TABLES["release_variables"], database) - {_cloud(answers)["state"]}
    return tuple(sorted(name for name in wanted if not name.endswith("_ROLE_ARN")))


def _updates(answers: Answers, parts: Parts) -> tuple[Row, ...]:
    """The ecosystems that Dependabot keeps up to date."""
    folders: dict[str, set[str]] = {}
    for source in parts.of(UpdateSource):
        folders.setdefault(source.ecosystem, set()).add(source.directory)
    for service in answers.services:
        if ecosystem := TABLES["ecosystems"].get(service.package_manager):
            folders.setdefault(ecosystem, set()).add("/" if service.path == "." else f"/{service.path}")
    return tuple({"ecosystem": name, "directories": sorted(paths)} for name, paths in sorted(folders.items()))


def _reviewer(answers: Answers) -> dict[str, str]:
    """The owner as a reviewer: a team `@org/team` or a user `@name`; empty where the owner is free text."""
    owner = answers.project.owner
    if not owner.startswith("@") or " " in owner:
        return {}
    organisation, _, team = owner[1:].partition("/")
    return {"type": "Team", "org": organisation, "slug": team} if team else {"type": "User", "login": organisation}


def _release_minutes(answers: Answers) -> int:
    """How long a release may take at the most: `scripts/deploy.sh` with every limit used up, then the smoke test.

    A job that ends before the script leaves the release half-way, and so do credentials that run out. GitHub ends any
    job after 6 hours.
    """
    migrations = sum(bool(s.commands.migrate) for s in answers.services)
    return min(60 + answers.deployment.bake_minutes + 11 * migrations, 360)


def _settings(answers: Answers) -> Row:
    """What scripts/repository-settings.sh puts in place."""
    names = {name.upper(): variable for name, variable in _cloud(answers).items()}
    names |= {"PRODUCTION": answers.production, "REPOSITORY": answers.project.repository}
    names["ROLLBACK"] = facts.rollback_environment(answers)
    settings: Row = fill(load_yaml(__file__, "settings.yml"), names)
    reviewer = _reviewer(answers)
    team = reviewer.get("type") == "Team"
    if team:
        reviews = next(r for r in settings["rulesets"][0]["rules"] if r["type"] == "pull_request")["parameters"]
        reviews |= dict.fromkeys(("require_code_owner_review", "require_last_push_approval"), True)
        reviews["required_approving_review_count"] = 1
    earlier, last, rollback = settings["environments"]
    last |= {"reviewers": [reviewer] if reviewer else [], "prevent_self_review": team}
    settings["environments"] = [*({"name": n, **earlier} for n in answers.environments[:-1]), last, rollback]
    return settings


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Targets, checks, variables, to-do items, and what the documents say about the pipelines."""
    yield from load_parts(__file__, "parts.yml", _names(answers), _flags(answers))


def _flags(answers: Answers) -> frozenset[str]:
    """What rows of parts.yml may depend on: scanners, channels, the tool of the infrastructure, and two facts."""
    own = {"single": len(answers.environments) == 1, "nobody_approves": not _reviewer(answers)}
    chosen = {answers.iac.tool, *_scanners(answers), *answers.monitoring.channels}
    return frozenset(chosen | {name for name, there in own.items() if there})


def _names(answers: Answers) -> dict[str, str]:
    """What stands for `<NAME>` in them."""
    walk = " → ".join(answers.environments[:-1])
    through = f"Its commit must have gone through {walk}: Actions, deploy-staging, green"
    return {
        "ACTIONLINT": pins().version("actionlint"),
        "CHECKOV": pins().version("checkov"),
        "ZIZMOR": pins().version("zizmor"),
        "PRODUCTION": answers.production,
        "ROLLBACK": facts.rollback_environment(answers),
        "ENVIRONMENTS": " → ".join(answers.environments),
        "BUILDS": "deploy-staging.yml" if walk else "build.yml",
        "AND_RELEASES": f" and releases it in {walk}" if walk else "",
        "BEFORE_A_TAG": through if walk else "Its commit must be built: Actions, build-main, green",
    }
