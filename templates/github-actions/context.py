"""GitHub Actions: the views that the workflows print, and what the component adds to other files.

Tables, the repository's settings and prose stand in the YAML files beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from generator import facts
from generator.component import Answers, AnswersError, Part, Parts, builds, contributes, load_parts, pins
from generator.formats import to_json
from generator.parts import AppliedPath, ScanException, TerraformRoot, VerifyStep

from .environments import (
    Environment,
    clashes,
    environments_of,
    infrastructure_needs,
    later_root,
    release_minutes,
    release_variables,
    rollback_environment,
    too_long,
)
from .security import drift_plans, drift_schedule, scan_schedule, zap_hosts, zap_notice
from .services import codeql_of, database_of, live_rows, rows_of, updates_of, uses_of
from .settings import reviewer_of, settings_of
from .tables import TABLES, Row, cloud_of, scanners_of
from .tools import tool_lines

"""The check of `make verify` that waits for a person; it must not keep a pull request from being merged."""


@dataclass(frozen=True)
class Context:
    """What the templates of `github-actions` print."""

    project: str
    actions: dict[str, str]
    versions: dict[str, str]
    zap_image: str
    cloud: Mapping[str, str]
    builder: Mapping[str, str]
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
    later_root: TerraformRoot | None
    tool_lines: tuple[str, ...]
    verify_steps: tuple[str, ...]
    scan_schedule: str
    drift_schedule: str
    drift_plans: tuple[Row, ...]
    drift_names: tuple[str, ...]
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
    scanners, names = scanners_of(answers), answers.environments
    environments = environments_of(answers)
    steps = tuple(s for s in parts.of(VerifyStep) if s.ci)
    images = tuple({"service": s.name, "path": s.path} for s in answers.services)
    terraform, roots = answers.iac.tool == "terraform", parts.of(TerraformRoot)
    drift = drift_plans(environments, roots)
    checks, integration, e2e = (rows_of(answers, *kinds) for kinds in (("lint", "unit"), ("integration",), ("e2e",)))
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
        cloud=cloud_of(answers),
        builder=TABLES["builders"][answers.orchestration.architecture],
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
        rollback_environment=rollback_environment(answers),
        environment_names=names,
        staging_needs=("build", *(f"deploy-{name}" for name in names[:-1])),
        staging_results="".join(f", {name} ${{{{ needs.deploy-{name}.result }}}}" for name in names[:-1]),
        candidate_workflows="ci.yml " + ("deploy-staging.yml" if len(names) > 1 else "build.yml"),
        release_variables=release_variables(answers, parts),
        release_minutes=release_minutes(answers),
        release_seconds=release_minutes(answers) * 60,
        uses=uses_of(answers, {s.tool for s in steps}),
        checks=checks,
        integration=integration,
        e2e=e2e,
        live_e2e=live_rows(answers),
        images=images,
        images_json=to_json(images),
        services_json=to_json([s.name for s in answers.services]),
        service_names=tuple(s.name for s in answers.services),
        image_prefix=facts.project(answers),
        database=database_of(answers),
        ci_needs=tuple(job for job, there in ci.items() if there),
        terraform_roots=tuple(root.path for root in roots),
        later_root=later_root(parts),
        tool_lines=tool_lines(steps),
        verify_steps=tuple(s.name for s in steps),
        scan_schedule=scan_schedule(answers),
        drift_schedule=drift_schedule(answers),
        drift_plans=drift,
        drift_names=tuple(row["name"] for row in drift),
        codeql_languages=codeql_of(answers),
        codeql_unknown=", ".join(s.name for s in answers.services if s.language not in TABLES["codeql"]),
        codeql_go_version=max((s.version for s in answers.services if s.language == "go"), default=""),
        zap_hosts=zap_hosts(answers),
        zap_notice=zap_notice(answers),
        security_needs=tuple(j for s, made in TABLES["scanner_jobs"].items() if s in scanners for j in made),
        infrastructure_paths=(*(p.pattern for p in parts.of(AppliedPath)), *TABLES["infrastructure_paths"]),
        # A comment holds 65,536 characters; the rest is for headings.
        comment_share=60_000 // len(names),
        infrastructure_needs=infrastructure_needs(answers, parts),
        updates=updates_of(answers, parts),
        settings_json=to_json(settings_of(answers, parts), 2),
    )


def _actions() -> dict[str, str]:
    """`uses` of each action, under a short name; those of CodeQL are paths inside one repository."""
    codeql, version = pins().action("github/codeql-action").split("@")
    actions = {short: pins().action(name) for short, name in TABLES["actions"].items()}
    return actions | {"codeql": codeql, "codeql_version": f"@{version}"}


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Targets, checks, variables, to-do items, documents; raises AnswersError for what CI cannot carry out."""
    problems = (*clashes(answers), *too_long(answers))
    if problems:
        raise AnswersError(problems)
    yield from load_parts(__file__, "parts.yml", _names(answers), _flags(answers))


def _flags(answers: Answers) -> dict[str, bool]:
    """What rows of parts.yml may depend on: scanners, channels, the tool of the infrastructure, and two facts."""
    own = {"single": len(answers.environments) == 1, "nobody_approves": not reviewer_of(answers)}
    chosen = (answers.iac.tool, *scanners_of(answers), *answers.monitoring.channels)
    return own | dict.fromkeys(chosen, True)


def _names(answers: Answers) -> dict[str, str]:
    """What stands for `<NAME>` in them."""
    walk = " → ".join(answers.environments[:-1])
    through = f"Its commit must have gone through {walk}: Actions, deploy-staging, green"
    return {
        "ARCHITECTURE": answers.orchestration.architecture,
        "ACTIONLINT": pins().version("actionlint"),
        "CHECKOV": pins().version("checkov"),
        "ZIZMOR": pins().version("zizmor"),
        "PRODUCTION": answers.production,
        "ROLLBACK": rollback_environment(answers),
        "ENVIRONMENTS": " → ".join(answers.environments),
        "BUILDS": "deploy-staging.yml" if walk else "build.yml",
        "RELEASES": "deploy-staging" if walk else "build",
        "OTHER_RUNS": f". One to {' or '.join(answers.environments[:-1])} is a run of deploy-staging.yml"
        if walk
        else "",
        "AND_RELEASES": f" and releases it in {walk}" if walk else "",
        "BEFORE_A_TAG": through if walk else "Its commit must be built: Actions, build-main, green",
    }
