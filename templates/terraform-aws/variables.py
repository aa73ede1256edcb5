"""What the roots are told in the `*.tfvars` of each environment: blocks of assignments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator import facts
from generator.component import Answers, load_yaml

from .hcl import comment, mapping, rows
from .sizes import sizes_of


def identifier(environment: str) -> str:
    """An environment's name as a placeholder's id has it."""
    return environment.upper().replace("-", "_")


def _account(answers: Answers, environment: str) -> str:
    return facts.account(answers, environment) or f"CHANGEME_AWS_ACCOUNT_ID_{identifier(environment)}"


def _common(answers: Answers, environment: str, more: Mapping[str, Any], *, buckets: bool = True) -> Iterator[str]:
    """What both roots are told; `more` stands beside the domain, `buckets` says whether the root makes any."""
    prefix = {"bucket_prefix": facts.bucket_prefix(answers, environment)} if buckets else {}
    yield "\n" + rows(
        {
            "project": facts.project(answers),
            "environment": environment,
            "production": environment == answers.production,
            "production_environment": answers.production,
            "region": answers.cloud.region,
            **prefix,
        }
    )
    yield "\n" + rows({"account_id": _account(answers, environment)})
    yield "\n" + mapping("accounts", {name: _account(answers, name) for name in answers.environments})
    tags = {"Owner": answers.project.owner, "Repository": answers.project.repository}
    if chosen := {name: _tag(value) for name, value in tags.items() if _tag(value)}:
        yield "\n" + mapping("tags", chosen)
    if answers.project.domain:
        yield "\n" + rows({"domain": answers.project.domain, **more})


def _tag(text: str) -> str:
    """The text without what AWS does not allow in the value of a tag."""
    return "".join(c if c.isalnum() or c in " _.:/=+-@" else "-" for c in text).strip()


def main_variables(answers: Answers, environment: str) -> Iterator[str]:
    """What the main root is told."""
    sizes = sizes_of(answers, environment)
    index = answers.environments.index(environment)
    # Previews run in the first environment.
    previews = {"previews": answers.previews.enabled and index == 0}
    yield from _common(answers, environment, previews, buckets=bool(facts.public(answers)))
    reasons = ["No two environments share addresses, so that networks can be connected later."]
    if answers.orchestration.platform == "kubernetes":
        reasons.append(f"The NetworkPolicies of infrastructure/kubernetes/overlays/{environment} name these too.")
    addresses = {"vpc_cidr": facts.network_cidr(answers, environment)}
    yield "\n" + comment(reasons, rows(addresses | {"interface_endpoints": sizes["interface_endpoints"]}))
    yield "\n" + mapping("services", {s.name: {"secrets": list(s.secrets)} for s in answers.services})
    if answers.orchestration.platform == "kubernetes":
        people = ("administrator", "operator")
        yield "\n" + rows(
            {f"cluster_{who}_arns": [f"CHANGEME_{who.upper()}S_{identifier(environment)}"] for who in people}
        )
    if answers.data.database != "none":
        yield "\n" + rows(
            {name: sizes[name] for name in sizes if name.startswith("database_")}
            | {
                "backup_retention_days": answers.backup.retention_days,
                "password_rotation_days": answers.security.rotation_days,
                "password_rotation_hour": _rotation_hour(answers.cloud.region),
            }
        )
    yield "\n" + rows({"monthly_budget_usd": answers.cost.monthly_budget_usd, "alert_emails": []})


def _rotation_hour(region: str) -> int:
    hours: Mapping[str, int] = load_yaml(__file__, "rotation.yml")
    return hours[max(filter(region.startswith, hours), key=len)]


def bootstrap_variables(answers: Answers, environment: str) -> Iterator[str]:
    """What the bootstrap root is told."""
    yield from _common(answers, environment, {})
    if writers := _writers_of_records(answers, environment):
        yield "\n" + mapping("administrators", writers)
    if answers.ci.system == "github-actions":
        yield "\n" + rows(
            {
                "repository": answers.project.repository or "CHANGEME_PROJECT_REPOSITORY",
                "github_owner_id": "",
                "github_repository_id": "",
                "create_oidc_provider": _first_of_account(answers, environment),
            }
        )


def _writers_of_records(answers: Answers, environment: str) -> dict[str, list[str]]:
    """Who applies other environments by hand and so writes records into the zone, which is in production's account."""
    if (
        environment != answers.production
        or not answers.project.domain
        or answers.orchestration.platform != "kubernetes"
    ):
        return {}
    account = facts.account(answers, environment)
    others = [name for name in answers.environments if name != environment]
    return {
        n: [f"CHANGEME_ADMINISTRATORS_{identifier(n)}"]
        for n in others
        if not account or facts.account(answers, n) != account
    }


def _first_of_account(answers: Answers, environment: str) -> bool:
    """Whether no earlier environment uses the same account; an unknown account counts as its own."""
    accounts = [facts.account(answers, name) or name for name in answers.environments]
    return accounts.index(facts.account(answers, environment) or environment) == answers.environments.index(environment)
