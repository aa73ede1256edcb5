"""What the roots are told in the `*.tfvars` of each environment: blocks of assignments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from generator import facts
from generator.component import Answers, Parts, load_yaml
from generator.parts import RootVariable

from .hcl import blocks, comment, mapping, rows
from .sizes import sizes_of

BUCKETS: Final = "bucket_prefix"
"""The variable that a component asks for whose buckets the main root makes."""


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


def told_by_others(parts: Parts, root: str, environment: str) -> dict[str, Any]:
    """What other components tell a root in an environment; "" = in its tests."""
    mine = (v for v in parts.of(RootVariable) if (v.root, v.environment) == (root, environment))
    return {v.name: v.value for v in mine if v.name != BUCKETS}


def has_buckets(answers: Answers, parts: Parts) -> bool:
    """Whether the main root makes buckets: for logs of the load balancer, or because a component asks for it."""
    return bool(facts.public(answers)) or any(v.name == BUCKETS for v in parts.of(RootVariable))


def main_variables(answers: Answers, environment: str, parts: Parts) -> Iterator[str]:
    """What the main root is told."""
    sizes = sizes_of(answers, environment)
    index = answers.environments.index(environment)
    # Previews run in the first environment.
    previews: dict[str, Any] = {"previews": answers.previews.enabled and index == 0}
    if answers.previews.enabled:
        # A day more, so that no image goes before its preview.
        previews["preview_image_days"] = answers.previews.ttl_days + 1
    more = told_by_others(parts, "main", environment)
    yield from _common(answers, environment, previews, buckets=has_buckets(answers, parts))
    reasons = [
        "No two environments share addresses, so that networks can be connected later. Other files may name these too:",
        f"whoever changes them looks for {facts.network_cidr(answers, environment)} in the whole repository.",
    ]
    addresses = {"vpc_cidr": facts.network_cidr(answers, environment)}
    yield "\n" + comment(reasons, rows(addresses | {"interface_endpoints": sizes["interface_endpoints"]}))
    yield "\n" + mapping("services", {s.name: {"secrets": list(s.secrets)} for s in answers.services})
    yield from ("\n" + block for block in blocks(more))
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


def bootstrap_variables(answers: Answers, environment: str, parts: Parts) -> Iterator[str]:
    """What the bootstrap root is told."""
    first = environment == facts.preview_environment(answers)
    yield from _common(answers, environment, {"previews": first} if answers.previews.enabled else {})
    if environment == answers.production and (writers := facts.record_writers(answers)):
        people = {name: [f"CHANGEME_ADMINISTRATORS_{identifier(name)}"] for name in writers}
        yield "\n" + mapping("administrators", people)
    yield from ("\n" + block for block in blocks(told_by_others(parts, "bootstrap", environment)))
    if answers.ci.system == "github-actions":
        yield "\n" + rows(
            {
                "repository": answers.project.repository or "CHANGEME_PROJECT_REPOSITORY",
                "github_owner_id": "",
                "github_repository_id": "",
                "create_oidc_provider": _first_of_account(answers, environment),
            }
        )


def _first_of_account(answers: Answers, environment: str) -> bool:
    """Whether no earlier environment uses the same account; an unknown account counts as its own."""
    accounts = [facts.account(answers, name) or name for name in answers.environments]
    return accounts.index(facts.account(answers, environment) or environment) == answers.environments.index(environment)
